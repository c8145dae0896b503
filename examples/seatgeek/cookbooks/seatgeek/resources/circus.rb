# Pulls from the service's data bag item, retrieves the codebase, and sets up the watcher of circus, which starts the service.
resource_name :seatgeek_circus
provides :seatgeek_circus

action :create do
  service = data_bag_item('services', new_resource.name)
  codebase = data_bag_item('codebases', service['codebase'])

  directory codebase['path']

  cookbook_file ::File.join(codebase['path'], codebase['program']) do
    cookbook 'seatgeek'
    source codebase['program']
  end

  file "/etc/circus/#{new_resource.name}.json" do
    content service.to_json
  end
end

action :delete do
  file "/etc/circus/#{new_resource.name}.json" do
    action :delete
  end
end
