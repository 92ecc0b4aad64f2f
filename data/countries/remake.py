#!/usr/bin/env python3
"""Writes locales/LANGUAGE/countries.ftl from CLDR, as the Python package babel carries it.

    pip install babel==2.18.0 && data/countries/remake.py
"""

from pathlib import Path

from babel import Locale

# Codes that CLDR knows and that are no country of ISO 3166-1, but for Kosovo, which databases of places use.
NOT_COUNTRIES = {"AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "ZZ"}

for language in ("en", "de"):
    names = Locale(language).territories
    codes = sorted(code for code in names if len(code) == 2 and code.isalpha() and code not in NOT_COUNTRIES)
    lines = ["### Names of countries by their ISO 3166-1 code, from CLDR: data/countries/remake.py writes this file.", ""]
    lines += [f"country-{code} = {names[code]}" for code in codes]
    file = Path(__file__).parents[2] / "locales" / language / "countries.ftl"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{file}: {len(codes)} countries")
