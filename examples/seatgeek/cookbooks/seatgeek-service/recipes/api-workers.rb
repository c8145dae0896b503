include_recipe "python::default"

codebase = data_bag_item('codebases', 'api')

s3_file "shared/seatgeek/geoip.db" do
  path "/data/shared/geoip.db"
end

# Pulls from the data bag item of api-workers, retrieves the required codebase, sets up circus' watcher, starts the service.
seatgeek_circus "api-workers" do
  action :create
end
