# SPDX-License-Identifier: BSD-2-Clause
# mawk -v dir=DIR -f plainsplit.awk LOG - what formatter does, as one would write it in awk.
BEGIN { FS = ":" }
{ printf "%s ", $2 >(dir "/" $3 ":" $1 ".log") }
