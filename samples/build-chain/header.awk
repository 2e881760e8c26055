BEGIN { print "/* Generated: do not edit. */" }
{ printf "static const unsigned %s = %s;\n", $1, $2 }
