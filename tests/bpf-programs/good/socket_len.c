#include "bpf.h"

SEC("socket") int f(struct sk_buff *c) { return c->len > 100 ? 100 : c->len; }
