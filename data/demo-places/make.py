"""Makes demo.mmdb, the invented places of `innkeeper demo`. See README.md.

Needs Python with mmdb-writer 0.2.7: pip install mmdb-writer==0.2.7.
"""

import pathlib
from unittest import mock

from mmdb_writer import MMDBWriter
from netaddr import IPSet

BUILT_AT = 1_790_000_000

AUSTRALIA = ("AU", "Australia")
CANADA = ("CA", "Canada")
NEW_ZEALAND = ("NZ", "New Zealand")
PORTUGAL = ("PT", "Portugal")

# Only networks that are kept for documentation. 203.0.113.128/25 is left out: a place that nobody knows.
PLACES = {
    "192.0.2.0/26": ("Cairns", "Queensland", AUSTRALIA),
    "192.0.2.64/26": ("Brisbane", "Queensland", AUSTRALIA),
    "192.0.2.128/26": ("Perth", "Western Australia", AUSTRALIA),
    "192.0.2.192/26": (None, None, NEW_ZEALAND),
    "198.51.100.0/25": ("Lisbon", "Lisbon", PORTUGAL),
    "198.51.100.128/25": ("Porto", "Porto", PORTUGAL),
    "203.0.113.0/26": ("Toronto", "Ontario", CANADA),
    "203.0.113.64/26": (None, None, PORTUGAL),
    "2001:db8:51::/48": ("Lisbon", "Lisbon", PORTUGAL),
    "2001:db8:61::/48": ("Perth", "Western Australia", AUSTRALIA),
}


def record(city, region, country):
    code, name = country
    fields = {"country": {"iso_code": code, "names": {"en": name}}}
    if city:
        fields["city"] = {"names": {"en": city}}
        fields["subdivisions"] = [{"names": {"en": region}}]
    return fields


database = MMDBWriter(ip_version=6, database_type="Innkeeper-Demo-Places", ipv4_compatible=True)
for network, place in PLACES.items():
    database.insert_network(IPSet([network]), record(*place))
# The writer takes the time of day; with a time of our own the same input makes the same bytes.
with mock.patch("time.time", return_value=BUILT_AT):
    database.to_db_file(str(pathlib.Path(__file__).with_name("demo.mmdb")))
