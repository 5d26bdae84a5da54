"""Read and write outlines in the forms offices send them: GeoJSON, Shapefile, GeoPackage, KML, tables."""
