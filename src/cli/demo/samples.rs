//! Who is in the demo, what they have signed in from, and what has become of it since.

use crate::domain::user::Role;

/// The password of everybody in the demo. It protects nothing: the data are samples and are thrown away.
pub(super) const PASSWORD: &str = "dunes before breakfast";

/// Whoever helps the operators of the demo.
pub(super) const SUPPORT_EMAIL: &str = "sam@innkeeper.example";

/// How many sessions a person may have on the demo's business plan, so that their page has something to list and still
/// room for whoever tries it.
pub(super) const SESSIONS_ON_BUSINESS: usize = 8;

/// The plans of the demo.
pub(super) const PLANS: &str = r#"
[[plans]]
code = "solo"
name = "Solo"
price = "19.00"
currency = "AUD"
per = "month"
staff_logins = 0

[[plans]]
code = "team"
name = "Team"
price = "49.00"
currency = "AUD"
per = "month"
staff_logins = 5

[[plans]]
code = "business"
name = "Business"
price = "149.00"
currency = "AUD"
per = "month"
staff_logins = 25
sessions_per_user = 8
"#;

/// The places of the addresses below. They are invented, and know only networks that are kept for documentation: this
/// is no database of places for real use, of which the program has none.
pub(super) const PLACES: &[u8] = include_bytes!("../../../data/demo-places/demo.mmdb");

/// What a browser says of itself: its user agent, and its client hints by name.
pub(super) struct Agent {
    pub(super) text: &'static str,
    pub(super) hints: &'static [(&'static str, &'static str)],
}

const CHROME_ON_WINDOWS: Agent = Agent {
    text: "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 \
           Safari/537.36",
    hints: &[
        ("sec-ch-ua", r#""Chromium";v="140", "Not=A?Brand";v="24", "Google Chrome";v="140""#),
        ("sec-ch-ua-mobile", "?0"),
        ("sec-ch-ua-platform", r#""Windows""#),
        ("sec-ch-ua-platform-version", r#""15.0.0""#),
    ],
};
const EDGE_ON_WINDOWS: Agent = Agent {
    text: "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 \
           Safari/537.36 Edg/140.0.0.0",
    hints: &[],
};
const FIREFOX_ON_LINUX: Agent =
    Agent { text: "Mozilla/5.0 (X11; Linux x86_64; rv:142.0) Gecko/20100101 Firefox/142.0", hints: &[] };
const FIREFOX_ON_WINDOWS: Agent =
    Agent { text: "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:142.0) Gecko/20100101 Firefox/142.0", hints: &[] };
const SAFARI_ON_MAC: Agent = Agent {
    text: "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 \
           Safari/605.1.15",
    hints: &[],
};
const IPHONE: Agent = Agent {
    text: "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) \
           Version/18.6 Mobile/15E148 Safari/604.1",
    hints: &[],
};
const ANDROID: Agent = Agent {
    text: "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile \
           Safari/537.36",
    hints: &[],
};
const PIXEL: Agent = Agent {
    text: ANDROID.text,
    hints: &[("sec-ch-ua-mobile", "?1"), ("sec-ch-ua-platform", r#""Android""#), ("sec-ch-ua-model", r#""Pixel 8""#)],
};
const GALAXY_TAB: Agent = Agent {
    text: "Mozilla/5.0 (Linux; Android 14; SM-X810) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0 \
           Chrome/130.0.0.0 Safari/537.36",
    hints: &[],
};

/// Something that has happened to a person's sessions. A device is known by its name.
pub(super) enum Step {
    /// Signed in on a device, with this agent, from this address.
    In(&'static str, &'static Agent, &'static str),
    /// Has used what is on a device, again and again, until then.
    Used(&'static str),
    /// Gave a device a name that the pages show.
    Named(&'static str, &'static str),
    /// Tried to, while every place was taken.
    Refused(&'static str, &'static Agent, &'static str),
    /// Signed out on a device.
    Out(&'static str),
    /// Their application ended what was on a device.
    EndedByApplication(&'static str),
    /// From a device, they gave their account another plan.
    ChangedPlan(&'static str, &'static str),
    /// From a device, they removed somebody.
    RemovedSomebody(&'static str, &'static str),
    /// From a device, they invited the owner of an address.
    Invited(&'static str, &'static str),
}

use Step::{ChangedPlan, EndedByApplication, In, Invited, Named, Out, Refused, RemovedSomebody, Used};

/// What has happened, from the first to the last: how many minutes before the demo started, and what.
pub(super) type Past = &'static [(u32, Step)];

/// Minutes of an hour, and of a day.
const HOUR: u32 = 60;
const DAY: u32 = 24 * HOUR;

/// A tour operator.
pub(super) struct Operator {
    pub(super) id: &'static str,
    pub(super) name: &'static str,
    /// The plan that it began with.
    pub(super) first_plan: &'static str,
    /// The plan that it has.
    pub(super) plan: &'static str,
    pub(super) time_zone: &'static str,
    pub(super) people: &'static [Person],
}

/// One of its people.
pub(super) struct Person {
    pub(super) id: &'static str,
    pub(super) name: &'static str,
    pub(super) role: Role,
    /// Whether they are there no longer when the demo starts.
    pub(super) gone: bool,
    pub(super) past: Past,
}

impl Person {
    /// On how many devices they are signed in when all of it has happened: what is older than a day is over.
    pub(super) fn signed_in_on(&self) -> usize {
        let mut devices: Vec<&str> = Vec::new();
        for (_, step) in self.past.iter().filter(|(minutes, _)| *minutes < DAY) {
            match step {
                In(device, ..) if devices.contains(device) => {}
                In(device, ..) => devices.push(device),
                Out(device) | EndedByApplication(device) => devices.retain(|known| known != device),
                Used(..) | Named(..) | Refused(..) | ChangedPlan(..) | RemovedSomebody(..) | Invited(..) => {}
            }
        }
        devices.len()
    }
}

const fn person(id: &'static str, name: &'static str, role: Role, past: Past) -> Person {
    Person { id, name, role, gone: false, past }
}

/// Somebody who has left.
const fn gone(id: &'static str, name: &'static str, role: Role, past: Past) -> Person {
    Person { gone: true, ..person(id, name, role, past) }
}

/// A person with a session of every kind: known devices at home and at work, a phone, a tablet, a private network, a
/// place that nobody knows, and one that they should look at.
const INES: Past = &[
    (2 * DAY + 7 * HOUR, In("old phone", &PIXEL, "2001:db8:51::17")),
    (2 * DAY + 6 * HOUR, Used("old phone")),
    (2 * DAY + 6 * HOUR, EndedByApplication("old phone")),
    (DAY + 5 * HOUR, In("library", &FIREFOX_ON_LINUX, "203.0.113.70")),
    (DAY + 5 * HOUR - 20, Out("library")),
    (DAY + HOUR, In("front desk", &CHROME_ON_WINDOWS, "198.51.100.8")),
    (DAY + HOUR, Named("front desk", "Front desk")),
    (DAY + 10, Used("front desk")),
    (7 * HOUR, In("mac", &SAFARI_ON_MAC, "198.51.100.8")),
    (6 * HOUR, In("front desk", &CHROME_ON_WINDOWS, "198.51.100.8")),
    (310, In("back office", &EDGE_ON_WINDOWS, "198.51.100.8")),
    (200, In("phone", &IPHONE, "198.51.100.140")),
    (150, In("tablet", &GALAXY_TAB, "198.51.100.141")),
    (149, Named("tablet", "Tram stop tablet")),
    (96, Used("phone")),
    (95, In("phone", &IPHONE, "203.0.113.201")),
    (60, In("library", &FIREFOX_ON_LINUX, "203.0.113.70")),
    (50, In("old phone", &PIXEL, "2001:db8:51::17")),
    (46, Used("back office")),
    (45, In("back office", &EDGE_ON_WINDOWS, "192.168.1.20")),
    (30, Used("old phone")),
    (26, In("stranger", &FIREFOX_ON_WINDOWS, "203.0.113.24")),
    (24, Used("library")),
    (22, Used("mac")),
    (22, Used("front desk")),
    (22, Used("phone")),
    (22, Used("tablet")),
    (22, Used("back office")),
    (22, Refused("stranger's other", &ANDROID, "203.0.113.25")),
    (21, Refused("stranger's third", &FIREFOX_ON_LINUX, "203.0.113.200")),
    (19, EndedByApplication("old phone")),
    (18, Out("library")),
    (16, Used("tablet")),
    (12, Used("mac")),
    (8, Used("back office")),
    (6, Used("stranger")),
    (4, Used("phone")),
    (1, Used("front desk")),
];

/// Everybody.
pub(super) const OPERATORS: &[Operator] = &[
    Operator {
        id: "noosa-kayak",
        name: "Noosa Kayak Walks",
        first_plan: "solo",
        plan: "solo",
        time_zone: "Australia/Brisbane",
        people: &[person(
            "maya",
            "Maya Lindqvist",
            Role::Owner,
            &[
                (3 * DAY, In("laptop", &SAFARI_ON_MAC, "192.0.2.70")),
                (3 * DAY - HOUR, Used("laptop")),
                (5 * HOUR, In("phone", &IPHONE, "192.0.2.8")),
                (4 * HOUR, Used("phone")),
                (4 * HOUR, Out("phone")),
            ],
        )],
    },
    Operator {
        id: "freo-harbour",
        name: "Fremantle Harbour Tours",
        first_plan: "business",
        plan: "team",
        time_zone: "Australia/Perth",
        people: &[
            person(
                "oscar",
                "Oscar Whitlam",
                Role::Owner,
                &[
                    (40 * DAY, In("laptop", &SAFARI_ON_MAC, "192.0.2.141")),
                    (40 * DAY - 2, ChangedPlan("laptop", "team")),
                    (40 * DAY - 5, Out("laptop")),
                    (2 * DAY, In("laptop", &SAFARI_ON_MAC, "192.0.2.141")),
                    (2 * DAY - 3, RemovedSomebody("laptop", "leon")),
                    (2 * DAY - 6, Invited("laptop", "nadia@freo-harbour.example")),
                    (2 * DAY - 9, Out("laptop")),
                ],
            ),
            gone(
                "leon",
                "Leon Baker",
                Role::Staff,
                &[(2 * DAY + 30, In("tablet", &GALAXY_TAB, "192.0.2.151")), (2 * DAY + 1, Used("tablet"))],
            ),
            person(
                "priya",
                "Priya Raman",
                Role::Manager,
                &[
                    (9 * HOUR, In("desk", &CHROME_ON_WINDOWS, "192.0.2.140")),
                    (8 * HOUR, Used("desk")),
                    (8 * HOUR, EndedByApplication("desk")),
                ],
            ),
            person(
                "tom",
                "Tom Ferrante",
                Role::Staff,
                &[
                    (130, In("phone", &ANDROID, "192.0.2.150")),
                    (121, Used("phone")),
                    (120, Refused("desk", &CHROME_ON_WINDOWS, "192.0.2.140")),
                    (81, Used("phone")),
                    (80, Refused("desk", &CHROME_ON_WINDOWS, "192.0.2.140")),
                    (41, Used("phone")),
                    (40, Refused("desk", &CHROME_ON_WINDOWS, "192.0.2.140")),
                    (12, Used("phone")),
                    (12, Refused("desk", &CHROME_ON_WINDOWS, "192.0.2.140")),
                    (1, Used("phone")),
                ],
            ),
            person(
                "ana",
                "Ana Kovač",
                Role::Staff,
                &[(75, In("phone", &IPHONE, "2001:db8:61::7")), (1, Used("phone"))],
            ),
        ],
    },
    Operator {
        id: "lisboa-tram",
        name: "Lisboa Tram & Tile",
        first_plan: "business",
        plan: "business",
        time_zone: "Europe/Lisbon",
        people: &[
            person("ines", "Inês Carvalho", Role::Owner, INES),
            person(
                "rui",
                "Rui Teixeira",
                Role::Manager,
                &[
                    (100, In("desk", &CHROME_ON_WINDOWS, "198.51.100.8")),
                    (41, Used("desk")),
                    (40, In("desk", &CHROME_ON_WINDOWS, "198.51.100.9")),
                    (2, Used("desk")),
                ],
            ),
            person(
                "marta",
                "Marta Sousa",
                Role::Staff,
                &[(30, In("phone", &PIXEL, "198.51.100.150")), (3, Used("phone"))],
            ),
            person(
                "joao",
                "João Pires",
                Role::Staff,
                &[
                    (4 * HOUR, In("laptop", &FIREFOX_ON_LINUX, "198.51.100.8")),
                    (15, Used("laptop")),
                    (11, In("phone", &IPHONE, "192.0.2.200")),
                    (5, Used("laptop")),
                    (2, Used("phone")),
                ],
            ),
            person("elena", "Elena Rossi", Role::Staff, &[]),
        ],
    },
];
