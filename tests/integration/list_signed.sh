#!/bin/sh
# Uploads signed by the agency's key, with the commands of doc/versions.md: what openssl signs is taken, anything else is not, and nothing of it is stored.
set -eu
command -v openssl >/dev/null || { echo "list_signed: no openssl"; exit 77; }
always='-c hotlistd.yaml'
. "$(dirname "$0")/shell.sh"
refused() {
	text=$1; shift
	expect "$@"
	grep -q "$text" err || fail "'$text' is not in: $(cat err)"
	[ ! -e state/lists/stolen ] || fail "$*: something was stored: $(find state/lists)"
}
cat >hotlistd.yaml <<'Y'
state: state
rules: rules.yaml
lists:
  stolen: {layout: plates, public_key_file: agency.pub, require: [plate]}
  open:   {layout: plates, require: [plate]}
ingest: []
receivers: {}
Y
printf 'version: 1\nroute: {receivers: []}\n' >rules.yaml
printf 'ABC123\nXYZ789\n' >list.txt

# What the agency does, once and for each upload.
openssl genpkey -algorithm ed25519 -out agency.key
openssl pkey -in agency.key -pubout -out agency.pub
openssl pkeyutl -sign -inkey agency.key -rawin -in list.txt -out list.txt.sig
openssl base64 -in list.txt.sig -out list.txt.b64

refused 'takes signed uploads only' 77 list import stolen list.txt
printf 'ABC124\nXYZ789\n' >other.txt
refused 'is not that of this file' 77 list import stolen other.txt --signature list.txt.sig
openssl genpkey -algorithm ed25519 -out thief.key
openssl pkeyutl -sign -inkey thief.key -rawin -in list.txt -out thief.sig
refused 'is not that of this file' 77 list import stolen list.txt --signature=thief.sig --activate
head -c 63 list.txt.sig >short.sig
refused 'expected the 64 of an Ed25519 signature' 65 list import stolen list.txt --signature short.sig
refused 'is empty' 65 list import stolen list.txt --signature /dev/null
refused 'larger than' 65 list import stolen list.txt --signature "$ctl"
refused 'missing.sig' 66 list import stolen list.txt --signature missing.sig
mv agency.pub kept.pub
refused "public_key_file can't be read" 78 list import stolen list.txt --signature list.txt.sig
openssl genpkey -algorithm rsa -pkeyopt rsa_keygen_bits:2048 -out rsa.key 2>/dev/null
openssl pkey -in rsa.key -pubout -out agency.pub
refused 'is not an Ed25519 public key' 78 list import stolen list.txt --signature list.txt.sig
mv kept.pub agency.pub
expect 78 list import open list.txt --signature list.txt.sig
grep -q "has no public_key_file" err || fail "a signature that nobody can check: $(cat err)"

expect 0 list import --signature list.txt.sig stolen list.txt --reason first --activate
expect 0 list versions stolen --json
key=$(openssl pkey -pubin -in agency.pub -outform DER | tail -c 32 | sha256sum | cut -c 1-16)
grep -q "\"signed_by\":\"$key\"" out || fail "the key's name $key: $(cat out)"
expect 0 list show stolen
grep -q "signed    by the key $key" out || fail "the key: $(cat out)"
# In base64; a large file; from a pipe.
seq -f 'A%06.0f' 200000 >large.txt
openssl pkeyutl -sign -inkey agency.key -rawin -in large.txt | openssl base64 >large.sig
expect 0 list import stolen large.txt --signature large.sig
"$ctl" -c hotlistd.yaml list import stolen - --signature list.txt.b64 <list.txt >out 2>err || fail "from a pipe: $(cat out err)"
grep -q 'the same as version v000001-' out || fail "the same list again: $(cat out)"
[ "$(find state -name upload | wc -l)" = 0 ] || fail "a copy of an upload was left"
echo "list_signed: ok"
