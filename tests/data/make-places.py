"""Makes places-nested.mmdb and places-flat.mmdb: the two layouts of fields in which databases of places come.

Needs Python with mmdb-writer 0.2.7: pip install mmdb-writer==0.2.7. The networks are those kept for documentation.
"""

import pathlib

from mmdb_writer import MMDBWriter
from netaddr import IPSet

here = pathlib.Path(__file__).parent

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
nested.to_db_file(str(here / "places-nested.mmdb"))

flat = MMDBWriter(ip_version=4, database_type="Innkeeper-Test-Flat")
flat.insert_network(
    IPSet(["203.0.113.0/26"]),
    {"city": "Cairns", "state1": "Queensland", "country_code": "AU", "country_name": "Australia"},
)
flat.insert_network(
    IPSet(["203.0.113.64/26"]), {"city": "Nelson", "region": "Tasman", "country": "New Zealand", "country_code": "NZ"}
)
flat.insert_network(IPSet(["203.0.113.128/26"]), {"country": "FJ", "city": "", "region": 7})
flat.insert_network(IPSet(["203.0.113.192/26"]), {"city": "A\u202eB\u0007" + "x" * 100})
flat.to_db_file(str(here / "places-flat.mmdb"))
