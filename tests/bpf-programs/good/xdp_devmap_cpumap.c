#include "bpf.h"
MAP(devices, DEVMAP, u32, u32, 64);
MAP(cpus, CPUMAP, u32, u32, 8);
MAP(sockets, XSKMAP, u32, u32, 64);
MAP(queues, ARRAY, u32, u32, 64);
SEC("xdp") int spread(struct xdp_md *ctx)
{
	u32 queue = ctx->rx_queue_index;
	if (map_lookup(&sockets, &queue))
		return redirect_map(&sockets, queue, 0);
	u32 *cpu = map_lookup(&queues, &queue);
	if (cpu && *cpu < 8)
		return redirect_map(&cpus, *cpu, 0);
	return redirect_map(&devices, ctx->ingress_ifindex, XDP_PASS);
}
SEC("xdp/devmap") int leaving(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	if (data + 14 > end)
		return XDP_DROP;
	((u8 *)data)[0] = 2;
	return ctx->egress_ifindex == 1 ? XDP_DROP : XDP_PASS;
}
SEC("xdp/cpumap") int arrived(struct xdp_md *ctx) { return ctx->rx_queue_index ? XDP_PASS : XDP_DROP; }
