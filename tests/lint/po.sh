#!/bin/sh
# SPDX-License-Identifier: EUPL-1.2
# shellcheck disable=SC2317
# The German texts: complete, none in doubt, and none of the sources missing.
set -u
cd "$(dirname "$0")/../.." || exit 1
pot=$(mktemp)
trap 'rm -f "$pot"' EXIT
number=0
failed=0

check() {
	name=$1
	shift
	number=$((number + 1))
	if said=$("$@" 2>&1); then
		echo "ok $number - $name"
	else
		failed=1
		echo "not ok $number - $name"
		echo "$said" | sed 's/^/#   /'
	fi
}

complete() {
	counts=$(LC_ALL=C msgfmt --check --statistics -o /dev/null "$1" 2>&1) || {
		echo "$counts"
		return 1
	}
	echo "$counts"
	! echo "$counts" | grep -q 'fuzzy\|untranslated'
}

# As `make update-po` collects them.
collect() {
	find src -name '*.c' | LC_ALL=C sort | xgettext --from-code=UTF-8 --package-name=umlauf \
		-k_ -kN_ -klang_text:2 -klang_plural:2,3 -f - -o "$pot"
}

current() {
	msgcmp "$1" "$pot" 2>&1 | grep -v 'this message is not used'
	msgcmp "$1" "$pot" >/dev/null 2>&1
}

check "the texts of the sources are collected" collect
for po in po/*.po; do
	check "$po is complete" complete "$po"
	check "$po has every text of the sources" current "$po"
done
echo "1..$number"
exit $failed
