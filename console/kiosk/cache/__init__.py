"""What the kiosk knows: people, faces, languages, the sealed database behind them."""
