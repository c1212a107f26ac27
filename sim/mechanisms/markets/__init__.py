"""Instruments that join markets: borders, gateways, sales of regions; and shocks of trade."""
