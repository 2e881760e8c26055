/* Counts packets and octets of each IP protocol. The build puts the header of flow.layout in front of this file. */
#define SECTION(name) __attribute__((section(name), used))

static void *(*const lookup)(void *map, const void *key) = (void *)1;

struct {
	int (*type)[2];                         /* an array */
	int (*max_entries)[256];
	uint32_t *key;                          /* the protocol */
	struct flows_flow *value;
} flows SECTION(".maps");

/* A hook of type packet: the bytes of the packet and their number; the result is how many to keep. */
SECTION("packet") uint64_t count(const uint8_t *packet, uint64_t length)
{
	if (length < 34 || packet[12] != 0x08 || packet[13] != 0x00)
		return 0;
	uint32_t protocol = packet[23];
	struct flows_flow *flow = lookup(&flows, &protocol);
	if (!flow)
		return 0;
	flow->packets++;
	flow->octets += length;
	return length;
}
