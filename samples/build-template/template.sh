# A template is text with shell in it: what T4 was for. usage: template.sh TEMPLATE MODEL
while read -r name value; do export "$name=$value"; done < "$2"
eval "cat <<END_OF_TEMPLATE
$(cat "$1")
END_OF_TEMPLATE"
