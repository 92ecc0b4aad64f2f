//! Where the application may be.

use super::{from_env, said};

#[test]
fn the_application_is_where_people_may_be_sent() {
    let with = |lines: &str| said(&format!("public_url = \"https://app.example/auth\"\n{lines}"));
    for good in [
        "app_url = \"https://app.example/desk\"",
        "next_hosts = [\"b.example:8443\"]\napp_url = \"https://b.example:8443/\"",
    ] {
        let text = format!("public_url = \"https://app.example/auth\"\n{good}");
        assert!(from_env(&text, &[]).unwrap().app_url.is_some(), "{good}");
    }
    let places = [
        (
            "https://elsewhere.example/",
            "is at elsewhere.example, which is neither the host of public_url nor among next_hosts",
        ),
        ("http://app.example/", "is at http, and the public address at https"),
        ("app.example", "is not an address"),
    ];
    for (place, why) in places {
        let said = with(&format!("app_url = {place:?}")).join("");
        assert!(said.contains(why) && said.contains("such as \"https://app.example/\""), "{place}: {said}");
    }
}
