namespace KernKit.Layout.Compiler.Tests;

/// <summary>A schema of the shape that the UFS readers need, so that the compiler's tests stand alone.</summary>
internal static class UfsSchema
{
    public const string Text = """
        layout 1;
        namespace t;
        source "FreeBSD sys/ufs/ufs/dinode.h" license "BSD-3-Clause";
        param order O;

        const MAGIC = 0x19540119;
        const NAME_MAX = 255;

        /// The UFS2 inode as it lies on disk.
        struct dinode2 size 256 {
            ifmode   mode;                              /// type and permissions
            s16      nlink       where it >= 0;
            u32      uid, gid, blksize;
            u64      size        @unit(byte);
            u64      blocks      @unit(sector512);
            s64      atime, mtime, ctime, birthtime     @time(unix_s);
            s32      mtimensec, atimensec, ctimensec, birthnsec  where 0 <= it && it < 1_000_000_000;
            u32      gen, kernflags;
            uflags   flags;
            s32      extsize     where it >= 0;
            s64      extb[2]     @unit(fragment);
            overlay {                                   // 120 bytes, two readings
                struct { s64 db[12]; s64 ib[3]; }       @unit(fragment);
                char shortlink[120] if mode.type == LNK && size < 120;
            }
            u64      modrev;
            u32      freelink, ckhash;
            pad 8;
        }
        enum iftype : u4 { FIFO = 1, CHR = 2, DIR = 4, BLK = 6, REG = 8, LNK = 10, SOCK = 12, WHT = 14 }   // open
        bits ifmode : u16 lsb { perm : 12; iftype type : 4; }
        flags uflags : u32 { NODUMP = 1 << 0, /// not to be dumped
            IMMUTABLE = 0x2, APPEND = 4 }

        struct csum size 16 { s32 ndir, nbfree, nifree, nffree where it >= 0; }

        struct superblock size 128 {
            u32 magic = MAGIC;
            u32 bsize where it >= 4096 && it <= 64K && (it & (it - 1)) == 0;
            csum cstotal;
            csum groups[2];
            char volname[32];      /// the volume's name
            s32 table[8];
            zero 8;
        }

        struct cg {
            u32 magic = 0x90255;
            u32 ndblk;
            u32 iusedoff, freeoff, niblk, nsums;
            u32 sumsoff;
            pad 4;
            bitmap iused[niblk] at self + iusedoff;
            bitmap blksfree[ndblk] at self + freeoff;
            u32 sums[nsums] at self + sumsoff;
            csum csums[nsums] at self + sumsoff;
        }

        enum dtype : u8 { UNKNOWN = 0, CHR = 2, DIR = 4, REG = 8 }

        struct dirent(bool old_format) {                // records by length
            u32 ino;                                    // 0: unused
            u16 reclen where it >= 12 && it % 4 == 0;
            within (reclen - 6 bytes) {                 // nothing inside can leave the record
                union { case old_format && O == le: { u8 namlen; u8 type; }  default: { u8 type, namlen; } }
                char name[namlen];
                pad rest;
            }
        }
        struct dirblock(u32 len, bool old_format) { within (len bytes) { dirent entries[](old_format) until end; } }
        format ufs2 { try O = le, be; probe superblock sb at file + 64K, 8K, 0, 256K; accept sb.magic == MAGIC; }
        """;
}
