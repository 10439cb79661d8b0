"""The other side of each protocol: terminals that train staff, run the demo and serve every test, over real sockets."""
