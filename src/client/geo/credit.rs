//! Whom pages that show places must name: makers of free databases ask for it, each in words of their own.

/// A line that the licence of a database asks for, on pages that show places from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credit {
    /// The words.
    pub text: String,
    /// Where they lead.
    pub url: Option<String>,
}

/// What the type of a free database begins with, the words that its licence asks for, and the link.
const KNOWN: [(&str, &str, &str); 5] = [
    // Files that are made to be read as another maker's name that one too, later on.
    ("dbip-", "IP Geolocation by DB-IP", "https://db-ip.com"),
    (
        "geolite2-",
        "This product includes GeoLite2 data created by MaxMind, available from https://www.maxmind.com.",
        "https://www.maxmind.com",
    ),
    ("ipinfo ", "IP address data powered by IPinfo", "https://ipinfo.io"),
    ("ip2lite-", IP2LOCATION, "https://lite.ip2location.com"),
    ("ip2location-lite", IP2LOCATION, "https://lite.ip2location.com"),
];

const IP2LOCATION: &str =
    "This site or product includes IP2Location LITE data available from https://lite.ip2location.com.";

impl Credit {
    /// The credit that a database of this type needs, as far as its type tells its maker.
    pub(super) fn of(kind: &str) -> Option<Self> {
        let kind = kind.to_ascii_lowercase();
        // What DB-IP sells has the same beginning and needs no credit.
        let is_sold = kind.starts_with("dbip-") && !kind.contains("lite");
        let found = KNOWN.iter().filter(|_| !is_sold).find(|(beginning, ..)| kind.starts_with(beginning));
        found.map(|(_, text, url)| Self { text: (*text).to_owned(), url: Some((*url).to_owned()) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_free_database_is_credited_in_the_words_of_its_maker() {
        for (kind, words, url) in [
            ("DBIP-City-Lite", "by DB-IP", "https://db-ip.com"),
            ("DBIP-Country-Lite (compat=GeoLite2-Country)", "by DB-IP", "https://db-ip.com"),
            ("GeoLite2-City", "created by MaxMind", "https://www.maxmind.com"),
            ("ipinfo generic_country_free.mmdb", "by IPinfo", "https://ipinfo.io"),
            ("IP2LITE-City", "IP2Location LITE", "https://lite.ip2location.com"),
            ("IP2LOCATION-LITE-DB11", "IP2Location LITE", "https://lite.ip2location.com"),
        ] {
            let credit = Credit::of(kind).unwrap();
            assert!(credit.text.contains(words), "{kind}: {}", credit.text);
            assert_eq!(credit.url.as_deref(), Some(url), "{kind}");
        }
    }

    #[test]
    fn a_type_that_tells_no_maker_or_one_who_asks_for_nothing_has_no_credit() {
        for kind in ["", "city ipv4", "country ipvAll", "GeoIP2-City", "DBIP-Location (compat=City)", "My GeoLite2"] {
            assert_eq!(Credit::of(kind), None, "{kind}");
        }
    }
}
