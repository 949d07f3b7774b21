#!/bin/sh
# Writes rules/channels and rules/density as C: what a rules file means without any of them beside it. usage: embed.sh TOP FILE...   (files under TOP/rules)
set -eu
top=$1
shift
echo '/* Made by embed.sh from the files under rules/. */'
echo '#include "core/channel_set.h"'
n=0
for f in "$@"; do
	n=$((n + 1))
	echo "static const unsigned char text$n[] = {"
	od -An -v -tu1 "$top/rules/$f" | sed 's/^ *//; s/  */,/g; s/$/,/'
	echo '};'
done
echo 'const struct hl_shipped hl_shipped[] = {'
n=0
for f in "$@"; do
	n=$((n + 1))
	echo "	{ \"${f%.yaml}\", text$n, sizeof text$n },"
done
echo '	{ 0, 0, 0 },'
echo '};'
