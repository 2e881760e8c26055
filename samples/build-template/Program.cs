System.Console.WriteLine(new Point { X = 1, Y = 2, Z = 3 });
