//! A label for the device that somebody signs in from, out of its user agent and its client hints. What they do not
//! tell apart (a Mac and an iPad, Windows 10 and 11) is not told apart here: better vague than wrong.

use super::hints::Hints;
use super::patterns::{Recognised, recognise};
use super::{cut, shown};
use crate::domain::device::{DeviceKind, DeviceLabel};

/// As much of a user agent as is looked at; the longest honest ones, of in-app browsers, have about 400 bytes.
const USER_AGENT_BYTES_MAX: usize = 512;

/// What a device calls itself. With nothing recognised, the label of the unknown.
pub fn describe(user_agent: Option<&str>, hints: &Hints) -> DeviceLabel {
    let text = cut(user_agent.unwrap_or_default().trim(), USER_AGENT_BYTES_MAX);
    let recognised = if text.is_empty() { Recognised::default() } else { recognise(text) };
    let browser = browser(text, &recognised, hints);
    let (system, kind) = match system(text, &recognised, hints) {
        // Browsers for phones may ask for pages as if on a computer; which phone it is, they do not say then.
        (_, DeviceKind::Computer) if is_for_phones(&recognised) => (String::new(), DeviceKind::Unknown),
        said => said,
    };
    let kind = match () {
        () if is_program(text, &recognised) || is_television_or_console(text) => DeviceKind::Other,
        // A client that names itself and no system is known, if not as a device.
        () if kind == DeviceKind::Unknown && system.is_empty() && !browser.is_empty() => DeviceKind::Other,
        () => kind,
    };
    DeviceLabel { kind, browser: shown(&browser), system: shown(&system) }
}

/// Brands of client hints that say more than the user agent, which in all of these says Chrome.
const BRANDS: [(&str, &str); 12] = [
    ("Microsoft Edge", "Edge"),
    ("Samsung Internet", "Samsung Internet"),
    ("Brave", "Brave"),
    ("Opera GX", "Opera GX"),
    ("Opera", "Opera"),
    ("OperaMobile", "Opera"),
    ("Vivaldi", "Vivaldi"),
    ("DuckDuckGo", "DuckDuckGo"),
    ("YaBrowser", "Yandex Browser"),
    ("Yandex", "Yandex Browser"),
    ("Huawei Browser", "Huawei Browser"),
    ("Google Chrome", "Chrome"),
];

/// Names of the patterns that people know by another name.
const BROWSERS: [(&str, &str); 19] = [
    ("Chrome Mobile", "Chrome"),
    ("Chrome Mobile iOS", "Chrome"),
    ("Chrome Mobile WebView", "In-app browser"),
    ("Mobile Safari", "Safari"),
    ("Mobile Safari UI/WKWebView", "In-app browser"),
    ("Firefox Mobile", "Firefox"),
    ("Firefox iOS", "Firefox"),
    ("Edge Mobile", "Edge"),
    ("Opera Mobile", "Opera"),
    ("DuckDuckGo Mobile", "DuckDuckGo"),
    ("Ecosia iOS", "Ecosia"),
    ("Ecosia Android", "Ecosia"),
    ("Google", "Google app"),
    ("Android", "Android Browser"),
    ("IE", "Internet Explorer"),
    ("IE Mobile", "Internet Explorer"),
    ("HeadlessChrome", "Headless Chrome"),
    ("Python Requests", "python-requests"),
    ("Spider", "Bot"),
];

/// Browsers and apps that the patterns take for the browser inside: what they say, and what they are called.
const APPS: [(&str, &str); 6] = [
    ("LinkedInApp", "LinkedIn"),
    ("MicroMessenger/", "WeChat"),
    ("musical_ly", "TikTok"),
    ("TikTok ", "TikTok"),
    ("trill_", "TikTok"),
    ("YaBrowser/", "Yandex Browser"),
];

/// Command-line clients and libraries: how their user agent begins, and what they are called.
const PROGRAMS: [(&str, &str); 25] = [
    ("curl/", "curl"),
    ("Wget", "Wget"),
    ("HTTPie/", "HTTPie"),
    ("xh/", "xh"),
    ("python-requests/", "python-requests"),
    ("python-httpx/", "httpx"),
    ("Python-urllib/", "Python"),
    ("Python/", "Python"),
    ("aiohttp/", "aiohttp"),
    ("Go-http-client/", "Go"),
    ("okhttp/", "OkHttp"),
    ("Java/", "Java"),
    ("Java-http-client/", "Java"),
    ("Apache-HttpClient/", "Apache HttpClient"),
    ("Dalvik/", "Android app"),
    ("Dart/", "Dart"),
    ("Ruby", "Ruby"),
    ("GuzzleHttp/", "Guzzle"),
    ("node", "Node.js"),
    ("Node.js", "Node.js"),
    ("undici", "Node.js"),
    ("axios/", "axios"),
    ("PostmanRuntime/", "Postman"),
    ("insomnia/", "Insomnia"),
    ("reqwest/", "reqwest"),
];

fn named<'a>(table: &[(&str, &'a str)], name: &str) -> Option<&'a str> {
    table.iter().find(|(known, _)| *known == name).map(|(_, called)| *called)
}

fn program(text: &str) -> Option<&'static str> {
    // `Ruby` is one, and `Rubyist` is not.
    let begins = |beginning: &str| {
        let rest = text.strip_prefix(beginning);
        rest.is_some_and(|rest| beginning.ends_with('/') || !rest.starts_with(|next: char| next.is_alphanumeric()))
    };
    let by_beginning = PROGRAMS.iter().find(|(beginning, _)| begins(beginning)).map(|(_, called)| *called);
    // This one says that it is a browser, and names itself at the end.
    by_beginning.or_else(|| text.contains("PowerShell/").then_some("PowerShell"))
}

fn browser(text: &str, recognised: &Recognised, hints: &Hints) -> String {
    let by_text = recognised.browser.as_deref().map(|name| named(&BROWSERS, name).unwrap_or(name));
    let by_hints = BRANDS.iter().find(|(brand, _)| hints.brands().any(|b| b == *brand)).map(|(_, called)| *called);
    // The user agent is the more exact of the two where it names an app or a browser that shows Chrome's brand, and
    // hints are where it names Chrome only.
    let app = || APPS.iter().find(|(sign, _)| text.contains(sign)).map(|(_, called)| *called);
    let exact = program(text).or_else(app).or(by_text.filter(|name| !matches!(*name, "Chrome" | "Chromium")));
    match (by_hints, exact) {
        (Some("Chrome") | None, Some(exact)) => exact.to_owned(),
        (Some(brand), _) => brand.to_owned(),
        (None, None) if by_text.is_some() => by_text.unwrap_or_default().to_owned(),
        (None, None) if is_bot(text) => "Bot".to_owned(),
        (None, None) => String::new(),
    }
}

fn system(text: &str, recognised: &Recognised, hints: &Hints) -> (String, DeviceKind) {
    let claims_apple_phone = ["iPhone", "iPad", "iPod"].iter().any(|name| text.contains(name));
    match hints.platform() {
        // Apple's phones and tablets send no hints: with both, one of them is invented.
        Some(_) if claims_apple_phone => apple(text),
        Some("Windows") => (windows_by_version(hints.platform_major()).to_owned(), DeviceKind::Computer),
        Some("macOS" | "Mac OS X") => ("macOS".to_owned(), DeviceKind::Computer),
        Some("Chrome OS" | "Chromium OS") => ("ChromeOS".to_owned(), DeviceKind::Computer),
        Some("Android") => {
            let system = hints.model().map_or_else(|| "Android".to_owned(), |model| format!("Android ({model})"));
            (system, android_kind(text, hints))
        }
        _ => system_by_text(text, recognised, hints),
    }
}

/// Windows by the version of its hint, which counts otherwise than its name.
/// See <https://learn.microsoft.com/microsoft-edge/web-platform/how-to-detect-win11>.
fn windows_by_version(major: Option<u32>) -> &'static str {
    match major {
        Some(13..) => "Windows 11",
        Some(1..13) => "Windows 10",
        Some(0) | None => "Windows",
    }
}

fn system_by_text(text: &str, recognised: &Recognised, hints: &Hints) -> (String, DeviceKind) {
    let Some(system) = recognised.system.as_deref() else { return (String::new(), DeviceKind::Unknown) };
    match system {
        // It ran on pocket computers, phones and tills alike.
        "Windows" if text.contains("Windows CE") => ("Windows CE".to_owned(), DeviceKind::Unknown),
        "Windows" => (windows_by_text(recognised), DeviceKind::Computer),
        "iOS" | "Mac OS X" | "Mac OS" => apple(text),
        // Samsung's browser runs on no other Linux; for pages made for computers it says that it does.
        "Linux" if text.contains("SamsungBrowser/") => ("Android".to_owned(), DeviceKind::Unknown),
        "Android" => ("Android".to_owned(), android_kind(text, hints)),
        "Chrome OS" => ("ChromeOS".to_owned(), DeviceKind::Computer),
        "Linux" | "Ubuntu" | "Kubuntu" | "Debian" | "Fedora" | "Red Hat" | "SUSE" | "Gentoo" | "Arch Linux"
        | "Linux Mint" | "CentOS" | "Mandriva" | "Slackware" | "FreeBSD" | "OpenBSD" | "NetBSD" | "Solaris" => {
            // Routers, phones and television sets run these too.
            let on_a_desk = ["X11", "Wayland", "x86_64", "i686", "i586"].iter().any(|sign| text.contains(sign));
            let kind = if on_a_desk && !text.contains("Mobile") { DeviceKind::Computer } else { DeviceKind::Unknown };
            (system.to_owned(), kind)
        }
        "Firefox OS" if text.contains("Tablet") => (system.to_owned(), DeviceKind::Tablet),
        "Windows Phone" | "Windows Mobile" | "KaiOS" | "BlackBerry OS" | "Symbian OS" | "Firefox OS" => {
            (system.to_owned(), DeviceKind::Phone)
        }
        "BlackBerry Tablet OS" => (system.to_owned(), DeviceKind::Tablet),
        "Web0S" => ("webOS".to_owned(), DeviceKind::Other),
        other => (other.to_owned(), DeviceKind::Other),
    }
}

/// Windows as the user agent names it. It says 10 for everything since, so 10 is not said.
fn windows_by_text(recognised: &Recognised) -> String {
    match (recognised.system_major.as_deref(), recognised.system_minor.as_deref()) {
        (Some("8"), Some("1")) => "Windows 8.1".to_owned(),
        (Some(version @ ("XP" | "Vista" | "7" | "8")), _) => format!("Windows {version}"),
        _ => "Windows".to_owned(),
    }
}

/// Apple's systems. An iPad says by default that it is a Mac, and in Safari nothing tells them apart; browsers of other
/// makers say who they are, and those below exist for phones and tablets only.
fn apple(text: &str) -> (String, DeviceKind) {
    let says = |word: &str| text.contains(word);
    let (system, kind) = match () {
        () if says("iPad") => ("iPad", DeviceKind::Tablet),
        () if says("iPod") => ("iPod", DeviceKind::Other),
        () if says("iPhone") => ("iPhone", DeviceKind::Phone),
        () if ["CriOS/", "FxiOS/", "EdgiOS/", "OPiOS/", "OPT/"].into_iter().any(says) => {
            ("iPhone or iPad", DeviceKind::Unknown)
        }
        () if says("Macintosh") && (says("Chrome/") || says("Gecko/20100101")) => ("macOS", DeviceKind::Computer),
        () if says("Macintosh") && says("AppleWebKit/") => ("Mac or iPad", DeviceKind::Unknown),
        () if says("Macintosh") => ("macOS", DeviceKind::Computer),
        // An app names Apple's network library only, from whose version the system could no more than be guessed.
        () => ("", DeviceKind::Unknown),
    };
    (system.to_owned(), kind)
}

/// By Chrome's rule, which other browsers follow, those on phones say `Mobile` and those on tablets do not.
fn android_kind(text: &str, hints: &Hints) -> DeviceKind {
    let on_android = text.contains("Android");
    match hints.mobile() {
        Some(true) => DeviceKind::Phone,
        Some(false) if on_android || text.is_empty() => DeviceKind::Tablet,
        // A page asked for as if by a computer says nothing of the device, and apps that are no browsers keep no rule.
        _ if !on_android || !text.starts_with("Mozilla/") || !has_an_engine(text) => DeviceKind::Unknown,
        // Amazon's tablets say `Mobile` as its phone did.
        _ if text.contains("Mobile") && (text.contains("Silk/") || text.contains("Kindle")) => DeviceKind::Unknown,
        _ if text.contains("Mobile") => DeviceKind::Phone,
        _ => DeviceKind::Tablet,
    }
}

fn has_an_engine(text: &str) -> bool {
    text.contains("AppleWebKit/") || text.contains("Gecko/")
}

/// Whether this is a browser that no computer has.
fn is_for_phones(recognised: &Recognised) -> bool {
    let family = recognised.browser.as_deref().unwrap_or_default();
    family.ends_with(" Mobile") || family.ends_with(" Mini") || family == "Minimo"
}

fn is_bot(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    // A link with a plus is how crawlers say where to read about them.
    ["bot/", "bot;", "bot)", "spider", "crawler", "+http:", "+https:"].iter().any(|sign| text.contains(sign))
}

fn is_program(text: &str, recognised: &Recognised) -> bool {
    const SIGNS: [&str; 9] =
        ["bot", "spider", "crawl", "archiver", "bingpreview", "headless", "phantom", "http", "-sdk-"];
    let family = recognised.browser.as_deref().unwrap_or_default().to_ascii_lowercase();
    program(text).is_some() || is_bot(text) || SIGNS.iter().any(|sign| family.contains(sign))
}

fn is_television_or_console(text: &str) -> bool {
    const SIGNS: [&str; 17] = [
        "SmartTV",
        "SMART-TV",
        "Smart TV",
        "Smart-TV",
        "GoogleTV",
        "Google TV",
        "Android TV",
        "BRAVIA",
        "; AFT",
        "AppleTV",
        "CrKey",
        "Roku",
        "HbbTV",
        "Web0S",
        "PlayStation",
        "Nintendo",
        "Xbox",
    ];
    SIGNS.iter().any(|sign| text.contains(sign))
}

#[cfg(test)]
mod tests;
