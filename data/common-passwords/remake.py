"""Turns Django's common-passwords.txt.gz into common-passwords.txt. See README.md."""

import gzip
import pathlib
import sys
import unicodedata

LENGTH_MIN = 8

lines = gzip.decompress(pathlib.Path(sys.argv[1]).read_bytes()).decode("utf-8").split("\n")
passwords = {unicodedata.normalize("NFC", line.strip().lower()) for line in lines}
kept = sorted((p for p in passwords if len(p) >= LENGTH_MIN), key=lambda p: p.encode("utf-8"))
target = pathlib.Path(__file__).with_name("common-passwords.txt")
target.write_text("\n".join(kept) + "\n", encoding="utf-8")
