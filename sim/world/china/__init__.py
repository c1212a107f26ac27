"""The bundled worlds of China: tables, regions, capital, networks."""
