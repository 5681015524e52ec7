# A contract names its parts ("Threads: any."): each is a paragraph of its own in the reference.
s|^\( *///\) \([A-Z][A-Za-z, -]\{2,24\}\): |\1\n\1 **\2:** |
