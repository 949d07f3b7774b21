#!/bin/sh
# Writes templates/en.txt as C: the built-in words. usage: embed.sh FILE
set -eu
echo '/* Made by embed.sh from templates/en.txt. */'
echo '#include "adapter/channel_words.h"'
echo 'const char hl_template_builtin[] = {'
od -An -v -tu1 "$1" | sed 's/^ *//; s/  */,/g; s/$/,/'
echo '0 };'
