# name value  ->  a C header
BEGIN { print "/* Generated: do not edit. */" }
/^[a-z]/ { printf "#define %s%s %s\n", prefix, toupper($1), $2 }
END { printf "#define %sCOUNT %d\n", prefix, NR }
