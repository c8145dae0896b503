seatgeek_circus 'djjob' do
  action :delete
end
