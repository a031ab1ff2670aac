-- The last line of a script that ends its work in sections.
return outcome
