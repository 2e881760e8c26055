// Orders as bytes, a condition on them that somebody typed, and the ones that it accepts: first one by one, then all in
// one call. The schema order.layout says where fields lie; nothing here knows an offset.
using System.Buffers.Binary;
using KernKit.Bpf;
using KernKit.Samples.Layouts.Shop;

const int OrderBytes = 32;
var text = args.Length > 0 ? args[0] : "side == BUY && price * quantity > 1M && symbol ~ \"AC*\"";
var orders = new byte[3 * OrderBytes];
Write(orders.AsSpan(0), id: 1, price: 1050, quantity: 2000, side: 1, "ACME");
Write(orders.AsSpan(OrderBytes), id: 2, price: 1050, quantity: 2000, side: 2, "ACME");
Write(orders.AsSpan(2 * OrderBytes), id: 3, price: 1050, quantity: 2, side: 1, "ACRE");

try
{
    var predicate = Predicate.Compile(text, FieldTable.Parse(OrderFieldTable.Text));
    using var hook = predicate.CreateHook(OrderBytes);
    for (var at = 0; at < orders.Length; at += OrderBytes)
    {
        var accepts = hook.Decide(orders.AsSpan(at, OrderBytes)) == Predicate.Yes;
        Console.Write($"{BinaryPrimitives.ReadUInt64BigEndian(orders.AsSpan(at))}:{(accepts ? "yes" : "no")} ");
    }

    using var batch = new PredicateBatch(predicate, OrderBytes, countMax: 1000);
    orders.CopyTo(batch.Records);
    Console.WriteLine($"{batch.Run(3)} of 3");
    return 0;
}
catch (PredicateException error)
{
    Console.Error.WriteLine(error.Message);
    return 2;
}

static void Write(Span<byte> order, ulong id, long price, uint quantity, byte side, string symbol)
{
    BinaryPrimitives.WriteUInt64BigEndian(order, id);
    BinaryPrimitives.WriteInt64BigEndian(order[8..], price);
    BinaryPrimitives.WriteUInt32BigEndian(order[16..], quantity);
    order[20] = side;
    System.Text.Encoding.ASCII.GetBytes(symbol, order[21..]);
}
