"""Tables, transactions, migrations, and the vault that seals biometric data.

The store knows nothing of the service or the screens.
"""
