#include "bpf.h"

SEC("tc") int f(struct sk_buff *c) { struct ip4 ip; if (skb_load(c, 14, &ip, sizeof(ip)) < 0) return 0; return ip.proto == 6 ? 2 : 0; }
