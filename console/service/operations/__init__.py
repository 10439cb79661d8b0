"""The handlers of the operations, by subject.

`@handles` binds a handler to its declaration. It runs in a thread and may block.
"""
