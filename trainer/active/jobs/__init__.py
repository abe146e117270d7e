"""Jobs: functions of a folder, each given to an executor, what may hang or crash in a process of its own."""
