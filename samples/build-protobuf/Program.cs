// The descriptor that protoc made is a resource of this program: it describes itself.
using var stream = typeof(Program).Assembly.GetManifestResourceStream("person.pb")!;
using var reader = new System.IO.StreamReader(stream, System.Text.Encoding.Latin1);
var text = reader.ReadToEnd();
System.Console.WriteLine(text.Contains("Person") && text.Contains("age") ? "person.pb describes Person" : "?");
