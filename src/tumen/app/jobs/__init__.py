"""Work that takes minutes: what each kind of run does, who does it, and who watches them."""
