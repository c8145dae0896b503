# Where the needed services are: /etc/baker/services/services.json, and node['seatgeek-services'] of the next run.
execute 'collect services' do
  command '/usr/local/bin/baker-node collect'
  returns [0, 3, 5] # 3: the catalogue does not answer, and what was known is kept; 5: a reload failed, and is tried again
end
