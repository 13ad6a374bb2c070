#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# A file as the elements of a C array: embed.py FILE HEADER.
import sys

with open(sys.argv[1], "rb") as f, open(sys.argv[2], "w", encoding="ascii") as out:
    out.write("".join(f"{byte}," for byte in f.read()) + "\n")
