#!/bin/bash
# Makes ufs{1,2}-{le,be}-groups.img.zst: small volumes of several cylinder groups, with Debian's makefs (20190105) and
# zstd. Run as root (device nodes) in an empty directory. Inode generations are random, so a second run differs in those
# bytes.
set -e
mkdir -p tree/dir/deeper/deepest tree/many tree/empty
for i in $(seq 1 120); do echo "file $i" > "tree/many/a-name-that-is-long-enough-to-fill-blocks-$i"; done
for i in $(seq 1 40); do yes "line $i" | head -c $((i * 331)) > "tree/dir/f$i"; done
yes pattern | head -c 60000 > tree/dir/indirect
yes pattern | head -c 2300000 > tree/dir/double
ln tree/dir/f7 tree/dir/deeper/hard
ln tree/dir/f7 tree/hard
ln -s f7 tree/dir/short
ln -s "$(printf 'x%.0s' $(seq 1 300))" tree/dir/long
mkfifo tree/dir/fifo
mknod tree/dir/chr c 5 1
mknod tree/dir/blk b 8 16
find tree -exec touch -h -d 2024-05-01T12:00:00Z {} +
for order in le be; do
  for version in 1 2; do
    image=ufs$version-$order-groups.img
    makefs -t ffs -B $order -o version=$version,bsize=4096,fsize=512,maxbpcg=1600,density=8192 -b 5% $image tree
    zstd -q -19 --rm $image
  done
done
