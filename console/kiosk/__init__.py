"""The login screen: a window of its own on any computer with a camera or a reader, which goes on while the service is away."""
