// status: 0
