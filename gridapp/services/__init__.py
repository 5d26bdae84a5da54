"""One public function per user action; each opens its one unit of work."""
