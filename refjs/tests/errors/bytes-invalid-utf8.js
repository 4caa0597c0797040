let a = "ÿş";
// status: 0
