"""The operations done, by subject. A handler is bound to its declaration by `@handles`; it runs in a thread and may block."""
