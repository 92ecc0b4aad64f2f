"""Makes places-nested.mmdb and places-flat.mmdb: the two layouts of fields in which databases of places come.

Needs Python with mmdb-writer 0.2.7: pip install mmdb-writer==0.2.7. The networks are those kept for documentation.
"""

import pathlib
from unittest import mock

from mmdb_writer import MMDBWriter
from netaddr import IPSet

here = pathlib.Path(__file__).parent


def write(database, name, built_at):
    # The writer takes the time of day; with a time of our own the same input makes the same bytes.
    with mock.patch("time.time", return_value=built_at):
        database.to_db_file(str(here / name))


nested = MMDBWriter(ip_version=6, database_type="Innkeeper-Test-City", ipv4_compatible=True)
nested.insert_network(
    IPSet(["203.0.113.0/25"]),
    {
        "city": {"names": {"en": "Cairns", "de": "Cairns (de)"}},
        "subdivisions": [{"names": {"en": "Queensland"}}, {"names": {"en": "Never shown"}}],
        "country": {"iso_code": "AU", "names": {"en": "Australia", "de": "Australien"}},
    },
)
nested.insert_network(IPSet(["2001:db8::/33"]), {"country": {"iso_code": "nz"}})
nested.insert_network(IPSet(["203.0.113.128/25"]), {"location": {"latitude": 1.5}})
nested.insert_network(IPSet(["10.0.0.0/8"]), {"country": {"iso_code": "ZZ"}})
write(nested, "places-nested.mmdb", 1_790_000_000)

flat = MMDBWriter(ip_version=4, database_type="IP2LITE-Innkeeper-Test")
flat.insert_network(
    IPSet(["203.0.113.0/26"]),
    {"city": "Cairns", "state1": "Queensland", "country_code": "AU", "country_name": "Australia"},
)
flat.insert_network(
    IPSet(["203.0.113.64/26"]), {"city": "Nelson", "region": "Tasman", "country": "New Zealand", "country_code": "NZ"}
)
flat.insert_network(IPSet(["203.0.113.128/26"]), {"country": "FJ", "city": "", "region": 7})
flat.insert_network(IPSet(["203.0.113.192/26"]), {"city": "A\u202eB\u0007" + "x" * 100})
flat.insert_network(IPSet(["198.51.100.0/25"]), {"country_code": "WS"})
flat.insert_network(IPSet(["198.51.100.128/25"]), {"city": "-", "region": "-", "country_code": "ZZ"})
write(flat, "places-flat.mmdb", 1_780_000_000)
