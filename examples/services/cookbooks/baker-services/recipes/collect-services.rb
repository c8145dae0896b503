# First in the run list: writes down where the needed services are, in /etc/baker/services and /etc/baker/dna.json. What Chef was started
# with is in node['services'] (or what "attribute" of the setting "catalog" calls it) already.
execute 'collect services' do
  command '/usr/local/bin/baker-node collect'
  returns [0, 3, 5] # 3: the catalogue does not answer, and what was known is kept; 5: a reload failed, and is tried again
end
