//! The hard cases of user agents, as browsers have sent them.

use super::*;
use crate::client::patterns::Cases;
use proptest::prelude::*;

fn hints(brands: &str, mobile: &str, platform: &str, version: &str) -> Hints {
    let quoted = [platform, version].map(|text| format!("\"{text}\""));
    Hints::from_pairs(
        [
            ("Sec-CH-UA", brands),
            ("Sec-CH-UA-Mobile", mobile),
            ("Sec-CH-UA-Platform", &quoted[0]),
            ("Sec-CH-UA-Platform-Version", &quoted[1]),
        ]
        .into_iter(),
    )
}

fn assert_label(text: &str, hints: &Hints, expected: (DeviceKind, &str, &str)) {
    let label = describe(Some(text), hints);
    assert_eq!((label.kind, label.browser.as_str(), label.system.as_str()), expected, "{text}");
}

use DeviceKind::{Computer, Other, Phone, Tablet, Unknown};

#[test]
fn browsers_on_computers_are_named() {
    for (text, browser, system) in [
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0", "Firefox", "Windows"),
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 \
             Safari/537.36",
            "Chrome",
            "Windows",
        ),
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 \
             Safari/537.36 Edg/138.0.0.0",
            "Edge",
            "Windows",
        ),
        (
            "Mozilla/5.0 (Windows NT 6.3; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/109.0.0.0 \
             Safari/537.36 OPR/95.0.0.0",
            "Opera",
            "Windows 8.1",
        ),
        ("Mozilla/5.0 (Windows NT 6.1; WOW64; Trident/7.0; rv:11.0) like Gecko", "Internet Explorer", "Windows 7"),
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 \
             Safari/537.36",
            "Chrome",
            "macOS",
        ),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:145.0) Gecko/20100101 Firefox/145.0", "Firefox", "macOS"),
        (
            "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 \
             Safari/537.36",
            "Chrome",
            "ChromeOS",
        ),
        ("Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0", "Firefox", "Ubuntu"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0", "Firefox", "Linux"),
    ] {
        assert_label(text, &Hints::default(), (Computer, browser, system));
    }
}

const IPHONE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)";
const MAC: &str = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)";

#[test]
fn a_mac_and_an_ipad_are_told_apart_only_where_they_can_be() {
    for (text, expected) in [
        (format!("{MAC} Version/18.5 Safari/605.1.15"), (Unknown, "Safari", "Mac or iPad")),
        (format!("{MAC} Version/18.5 Mobile/15E148 Safari/604.1"), (Unknown, "Safari", "Mac or iPad")),
        (format!("{MAC} CriOS/138 Version/11.1.1 Safari/605.1.15"), (Unknown, "Chrome", "iPhone or iPad")),
        (format!("{MAC} FxiOS/145.0 Safari/605.1.15"), (Unknown, "Firefox", "iPhone or iPad")),
        (format!("{IPHONE} Version/18.5 Mobile/15E148 Safari/604.1"), (Phone, "Safari", "iPhone")),
        (format!("{IPHONE} CriOS/138.0.7204.53 Mobile/15E148 Safari/604.1"), (Phone, "Chrome", "iPhone")),
        (
            "Mozilla/5.0 (iPad; CPU OS 12_5_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/12.1.2 \
             Mobile/15E148 Safari/604.1"
                .to_owned(),
            (Tablet, "Safari", "iPad"),
        ),
    ] {
        assert_label(&text, &Hints::default(), expected);
    }
}

const ANDROID: &str = "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko)";

#[test]
fn android_phones_and_tablets_are_told_apart_by_chromes_rule() {
    for (text, expected) in [
        (format!("{ANDROID} Chrome/138.0.0.0 Mobile Safari/537.36"), (Phone, "Chrome", "Android")),
        (format!("{ANDROID} Chrome/138.0.0.0 Safari/537.36"), (Tablet, "Chrome", "Android")),
        (
            format!("{ANDROID} SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36"),
            (Phone, "Samsung Internet", "Android"),
        ),
        (
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0 \
             Chrome/130.0.0.0 Safari/537.36"
                .to_owned(),
            (Unknown, "Samsung Internet", "Android"),
        ),
        (
            format!("{ANDROID} SamsungBrowser/28.0 Chrome/130.0.0.0 Safari/537.36"),
            (Tablet, "Samsung Internet", "Android"),
        ),
        (
            "Mozilla/5.0 (Android 15; Mobile; rv:145.0) Gecko/145.0 Firefox/145.0".to_owned(),
            (Phone, "Firefox", "Android"),
        ),
        (
            "Mozilla/5.0 (Android 15; Tablet; rv:145.0) Gecko/145.0 Firefox/145.0".to_owned(),
            (Tablet, "Firefox", "Android"),
        ),
        (
            "Mozilla/5.0 (Linux; Android 11; KFTRWI) AppleWebKit/537.36 (KHTML, like Gecko) Silk/138.1.1 like \
             Chrome/138.0.0.0 Mobile Safari/537.36"
                .to_owned(),
            (Unknown, "Amazon Silk", "Android"),
        ),
        ("Mozilla/5.0 (Android) ownCloud-android/2.0.0".to_owned(), (Unknown, "Owncloud", "Android")),
    ] {
        assert_label(&text, &Hints::default(), expected);
    }
}

const WEBVIEW: &str = "Mozilla/5.0 (Linux; Android 14; SM-S918B Build/UP1A; wv) AppleWebKit/537.36 (KHTML, like Gecko) \
                       Version/4.0 Chrome/137.0.0.0 Mobile Safari/537.36";

#[test]
fn a_browser_inside_an_app_is_called_by_the_app_or_by_what_it_is() {
    for (text, expected) in [
        (
            format!("{IPHONE} Mobile/15E148 Instagram 385.0.0.0 (iPhone15,2; iOS 18_5; en_AU; en; scale=3.00)"),
            (Phone, "Instagram", "iPhone"),
        ),
        (
            "Mozilla/5.0 (Linux; Android 14; SM-S918B Build/UP1A; wv) AppleWebKit/537.36 (KHTML, like Gecko) \
             Version/4.0 Chrome/137.0.0.0 Mobile Safari/537.36 [FB_IAB/FB4A;FBAV/516.0.0.0.1;]"
                .to_owned(),
            (Phone, "Facebook", "Android"),
        ),
        (
            "Mozilla/5.0 (Linux; Android 14; SM-S918B Build/UP1A; wv) AppleWebKit/537.36 (KHTML, like Gecko) \
             Version/4.0 Chrome/137.0.0.0 Mobile Safari/537.36"
                .to_owned(),
            (Phone, "In-app browser", "Android"),
        ),
        (format!("{IPHONE} Mobile/15E148"), (Phone, "In-app browser", "iPhone")),
        (
            format!("{IPHONE} Mobile/15E148 [FBAN/FBIOS;FBAV/515.0.0.37.107;FBDV/iPhone15,2;FBSN/iOS]"),
            (Phone, "Facebook", "iPhone"),
        ),
        (format!("{IPHONE} Mobile/15E148 [FBAN/FBIOS;FBAV/515.0;FBDV/iPad13,1]"), (Tablet, "Facebook", "iPad")),
        (format!("{IPHONE} Mobile/15E148 [LinkedInApp]/9.31.1234"), (Phone, "LinkedIn", "iPhone")),
        (format!("{WEBVIEW} [LinkedInApp]"), (Phone, "LinkedIn", "Android")),
        (
            format!("{IPHONE} Mobile/15E148 MicroMessenger/8.0.60(0x18003c2f) NetType/WIFI Language/en"),
            (Phone, "WeChat", "iPhone"),
        ),
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/132.0.0.0 \
             Safari/537.36 NetType/WIFI MicroMessenger/7.0.20.1781(0x6700143B) WindowsWechat(0x63090c33)"
                .to_owned(),
            (Computer, "WeChat", "Windows"),
        ),
        (
            format!("{IPHONE} Mobile/15E148 musical_ly_40.3.0 JsSdk/2.0 BytedanceWebview/d8a21c6"),
            (Phone, "TikTok", "iPhone"),
        ),
        (format!("{WEBVIEW} trill_400304 BytedanceWebview/d8a21c6 TikTok 40.3.4"), (Phone, "TikTok", "Android")),
        (format!("{WEBVIEW} GSA/15.30.33.29.arm64"), (Phone, "Google app", "Android")),
        (format!("{WEBVIEW} Instagram 385.0.0.47.74 Android (34/14; samsung)"), (Phone, "Instagram", "Android")),
        (format!("{IPHONE} GSA/375.0.778421371 Mobile/15E148 Safari/604.1"), (Phone, "Google app", "iPhone")),
    ] {
        assert_label(&text, &Hints::default(), expected);
    }
}

const CHROME: &str =
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36";
const CHROME_BRANDS: &str = r#""Not)A;Brand";v="8", "Chromium";v="138", "Google Chrome";v="138""#;

#[test]
fn windows_has_a_number_only_where_a_hint_gives_it() {
    for (version, system) in [
        ("15.0.0", "Windows 11"),
        ("13.0.0", "Windows 11"),
        ("12.0.0", "Windows 10"),
        ("10.0.0", "Windows 10"),
        ("1.0.0", "Windows 10"),
        ("0.3.0", "Windows"),
        ("", "Windows"),
        ("eleven", "Windows"),
    ] {
        let hints = hints(CHROME_BRANDS, "?0", "Windows", version);
        assert_label(CHROME, &hints, (Computer, "Chrome", system));
    }
    assert_label(CHROME, &Hints::default(), (Computer, "Chrome", "Windows"));
}

#[test]
fn hints_say_what_a_frozen_user_agent_does_not() {
    let brave = r#""Brave";v="138", "Not)A;Brand";v="8", "Chromium";v="138""#;
    assert_label(CHROME, &hints(brave, "?0", "Windows", "15.0.0"), (Computer, "Brave", "Windows 11"));
    let chromium = r#""Chromium";v="138", "Not)A;Brand";v="8""#;
    let linux = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36";
    assert_label(linux, &hints(chromium, "?0", "Linux", ""), (Computer, "Chrome", "Linux"));

    let android = format!("{ANDROID} Chrome/138.0.0.0 Safari/537.36");
    assert_label(&android, &hints(CHROME_BRANDS, "?0", "Android", "14.0.0"), (Tablet, "Chrome", "Android"));
    let webview = r#""Android WebView";v="138", "Not)A;Brand";v="8", "Chromium";v="138""#;
    let facebook = format!("{ANDROID} Version/4.0 Chrome/138.0.0.0 Mobile Safari/537.36 [FB_IAB/FB4A;FBAV/516.0;]");
    assert_label(&facebook, &hints(webview, "?1", "Android", "14.0.0"), (Phone, "Facebook", "Android"));

    let pixel = Hints::from_pairs(
        [("Sec-CH-UA-Mobile", "?1"), ("Sec-CH-UA-Platform", "\"Android\""), ("Sec-CH-UA-Model", "\"Pixel 8\"")]
            .into_iter(),
    );
    assert_label(&android, &pixel, (Phone, "Chrome", "Android (Pixel 8)"));
    let none = describe(None, &hints(CHROME_BRANDS, "?0", "macOS", "15.0.0"));
    assert_eq!((none.kind, none.browser.as_str(), none.system.as_str()), (Computer, "Chrome", "macOS"));
}

#[test]
fn programs_and_televisions_are_other_devices() {
    for (text, browser, system) in [
        ("curl/8.14.1", "curl", ""),
        ("Wget/1.21.4", "Wget", ""),
        ("python-requests/2.32.4", "python-requests", ""),
        ("Go-http-client/1.1", "Go", ""),
        ("okhttp/4.12.0", "OkHttp", ""),
        ("HTTPie/3.2.4", "HTTPie", ""),
        ("Ruby", "Ruby", ""),
        ("Node.js/22", "Node.js", ""),
        ("Mozilla/5.0 (Windows NT; Windows NT 10.0; en-AU) WindowsPowerShell/5.1.26100.4202", "PowerShell", "Windows"),
        ("Mozilla/5.0 (Linux; Ubuntu 24.04.2 LTS; en-US) PowerShell/7.5.1", "PowerShell", "Ubuntu"),
        ("aws-sdk-go/1.4.12 (go1.6; linux; amd64) S3Manager", "aws-sdk-go", "Linux"),
        (
            "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)",
            "GPTBot",
            "",
        ),
        ("facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)", "FacebookBot", ""),
        ("facebookexternalhit/1.1", "FacebookBot", ""),
        ("Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)", "Slackbot-LinkExpanding", ""),
        ("Slackbot 1.0 (+https://api.slack.com/robots)", "Slackbot", ""),
        ("Dalvik/2.1.0 (Linux; U; Android 13; SM-T220 Build/TP1A)", "Android app", "Android"),
        ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", "Googlebot", ""),
        (
            "Mozilla/5.0 (Linux; Android 6.0.1; Nexus 5X Build/MMB29P) AppleWebKit/537.36 (KHTML, like Gecko) \
             Chrome/138.0.0.0 Mobile Safari/537.36 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
            "Googlebot",
            "Android",
        ),
        ("Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)", "bingbot", ""),
        (
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/138.0.0.0 \
             Safari/537.36",
            "Headless Chrome",
            "Linux",
        ),
        (
            "Mozilla/5.0 (Web0S; Linux/SmartTV) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/94.0.4606.128 \
             Safari/537.36 WebAppManager",
            "Chrome",
            "webOS",
        ),
    ] {
        assert_label(text, &Hints::default(), (Other, browser, system));
    }
}

#[test]
fn a_browser_for_phones_that_says_it_is_on_a_computer_is_not_believed() {
    let mini = "Opera/9.80 (J2ME/MIDP; Opera Mini/5.0 (Windows; U; Windows NT 6.1; en-US)/24.838; U; en) Presto/2.5.25";
    assert_label(mini, &Hints::default(), (Other, "Opera Mini", ""));
    let pocket = "Mozilla/4.0 (compatible; MSIE 6.0; Windows CE; IEMobile 6.12) Vodafone/1.0/HTC_Elf/1.11.164.2";
    assert_label(pocket, &Hints::default(), (Unknown, "Internet Explorer", "Windows CE"));
    let router = "FeedDaemon FRITZ!OS/06.01 Linux/2.6.28.10";
    assert_label(router, &Hints::default(), (Unknown, "", "Linux"));
}

#[test]
fn hints_that_are_no_structured_fields_and_invented_brands_change_nothing() {
    for bad in
        ["", "\"", "?", "Windows", "\"Windows", "\"Wïndows\"", "1 2", "(\"Windows\")", "?2", "\"a\";=", "\0", "\u{7f}"]
    {
        let hints = Hints::parse(|_| Some(bad));
        assert_label(CHROME, &hints, (Computer, "Chrome", "Windows"));
        assert_eq!(describe(None, &hints), DeviceLabel::unknown(), "{bad:?}");
    }
    for brands in [
        r#""Not)A;Brand";v="8""#,
        r#"" Not A;Brand";v="99", "(Not(A:Brand";v="24""#,
        r#""Not/A)Brand";v="8", "Chromium";v="138""#,
        r#""Whatever Else";v="1""#,
    ] {
        assert_label(CHROME, &hints(brands, "?0", "Windows", ""), (Computer, "Chrome", "Windows"));
    }
}

#[test]
fn nonsense_is_unknown_and_leaves_no_text() {
    let long = "nonsense and more of it ".repeat(342);
    assert!(long.len() > 8 * 1024);
    for text in ["", " ", "-", "nonsense", "Mozilla/5.0", "\0\u{1}\u{7f}", "\u{202e}\u{200b}", "ÿþ", "Rubyist", &long]
    {
        assert_eq!(describe(Some(text), &Hints::default()), DeviceLabel::unknown(), "{text:?}");
    }
    assert_eq!(describe(None, &Hints::default()), DeviceLabel::unknown());
}

#[test]
fn what_is_beyond_512_bytes_is_not_looked_at() {
    let text = format!("{}Firefox/145.0", "é ".repeat(USER_AGENT_BYTES_MAX));
    assert_eq!(describe(Some(&text), &Hints::default()), DeviceLabel::unknown());
    assert_label(&format!("{CHROME}{}", " x".repeat(4000)), &Hints::default(), (Computer, "Chrome", "Windows"));
}

#[test]
fn control_and_bidi_characters_do_not_come_through() {
    let model = "\"".to_owned() + &"M".repeat(100) + "\"";
    let hints = Hints::from_pairs([("Sec-CH-UA-Platform", "\"Android\""), ("Sec-CH-UA-Model", &model)].into_iter());
    let label = describe(Some("Mozilla/5.0 \u{202e}(compatible; evil\u{202e}\u{7}Bot/1.0)"), &hints);
    assert_eq!(label.kind, Other);
    assert_eq!(label.system, "Android", "a model is no longer than one is");
    assert!(!label.browser.contains(['\u{202e}', '\u{7}']), "{label:?}");
}

proptest! {
    #[test]
    fn any_text_has_a_label_that_may_be_shown(
        text in any::<String>(),
        middle in "(Mozilla/5\\.0 )?\\((iPhone|Windows NT|Linux; Android|Macintosh)[ -~]{0,40}\\)[ -~\u{202e}\u{7}]{0,60}",
        hint in any::<String>(),
    ) {
        for user_agent in [&text, &middle] {
            let label = describe(Some(user_agent), &Hints::parse(|_| Some(&hint)));
            for shown in [label.browser, label.system] {
                prop_assert!(shown.chars().count() <= 64);
                prop_assert!(!shown.chars().any(crate::domain::email::is_hidden));
            }
        }
    }
}

const TELEVISIONS_AND_WATCHES: [&str; 17] = [
    "ATV OS X",
    "tvOS",
    "WatchOS",
    "Roku",
    "GoogleTV",
    "Samsung",
    "LG",
    "Sony",
    "Panasonic",
    "Philips",
    "FireHbbTV",
    "WebTV",
    "Web0S",
    "Chromecast Android",
    "Chromecast Fuchsia",
    "Chromecast Linux",
    "Chromecast SmartSpeaker",
];

const IN_THE_HAND: [&str; 13] = [
    "iOS",
    "Android",
    "Windows Phone",
    "Windows Mobile",
    "KaiOS",
    "BlackBerry OS",
    "BlackBerry Tablet OS",
    "Symbian OS",
    "Firefox OS",
    "Kindle",
    "webOS",
    "Bada",
    "Sailfish",
];

const ON_A_DESK: [&str; 11] = [
    "Windows",
    "Mac OS X",
    "Mac OS",
    "Chrome OS",
    "Linux",
    "Ubuntu",
    "Debian",
    "Fedora",
    "FreeBSD",
    "OpenBSD",
    "Solaris",
];

const DESK_BROWSERS: [&str; 7] = ["IE", "Safari", "SeaMonkey", "Camino", "Konqueror", "Pale Moon", "Epiphany"];

#[test]
fn no_kind_contradicts_the_system_that_the_makers_of_the_patterns_see() {
    for (text, family, _) in Cases::read().systems {
        let label = describe(Some(&text), &Hints::default());
        match family.as_str() {
            system if TELEVISIONS_AND_WATCHES.contains(&system) => assert_eq!(label.kind, Other, "{text}"),
            system if IN_THE_HAND.contains(&system) => assert_ne!(label.kind, Computer, "{text}"),
            system if ON_A_DESK.contains(&system) => assert!(!matches!(label.kind, Phone | Tablet), "{text}"),
            _ => {}
        }
        // Windows says 10 of itself ever since, so no text says which it is.
        assert!(!["Windows 10", "Windows 11"].contains(&label.system.as_str()), "{text}: {}", label.system);
    }
}

#[test]
fn no_kind_contradicts_the_browser_that_the_makers_of_the_patterns_see() {
    for (text, family, _) in Cases::read().user_agents {
        let label = describe(Some(&text), &Hints::default());
        let name = family.to_ascii_lowercase();
        if ["bot", "spider", "crawl", "archiver", "-sdk-"].iter().any(|sign| name.contains(sign)) {
            assert_eq!(label.kind, Other, "{text}");
        }
        if name.contains("mobile") || name.contains(" ios") || name.ends_with(" mini") {
            assert_ne!(label.kind, Computer, "{text}");
        }
        if DESK_BROWSERS.contains(&family.as_str()) {
            assert!(!matches!(label.kind, Phone | Tablet), "{text}");
        }
    }
}
