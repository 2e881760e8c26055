#include "bpf.h"
extern int LINUX_KERNEL_VERSION __attribute__((section(".kconfig")));
extern const int CONFIG_HZ __attribute__((section(".kconfig"), weak));
extern const void missing_symbol __attribute__((section(".ksyms"), weak));
u64 ticks;
SEC("kprobe/schedule") int f(struct pt_regs *ctx)
{
	if (LINUX_KERNEL_VERSION >= 0x50a00 && CONFIG_HZ)
		ticks += ktime() / 1000000;
	if (&missing_symbol)
		ticks++;
	return 0;
}
