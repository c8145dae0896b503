using System.Text;
using Baker.Core.Manifest;

namespace Baker.Core.Tests.Manifest;

public sealed class BadManifestTests
{
    [TestCase("", "1:1", "BK003", "empty")]
    [TestCase("  // nothing\n", "1:1", "BK003", "empty")]
    [TestCase("[]", "1:1", "BK001", "must start with '{'")]
    [TestCase("{", "1:1", "BK001", "never closed")]
    [TestCase("{} x", "1:4", "BK001", "may follow")]
    [TestCase("{\"a\" {}}", "1:6", "BK001", "colon")]
    [TestCase("{\"a\": {} \"b\": {}}", "1:10", "BK001", "comma")]
    [TestCase("{\"a\": }", "1:7", "BK001", "value is missing")]
    [TestCase("{\"a\": {\"type\": }}", "1:16", "BK001", "value is missing")]
    [TestCase("{\"a\": {\"type\": \"x\" \"b\": 1}}", "1:20", "BK001", "comma")]
    [TestCase("{\"a\": {\"run_list\": [\"x\",,\"y\"]}}", "1:25", "BK001", "value is missing")]
    [TestCase("{\"a\": {\"run_list\": [\"x\"}}", "1:24", "BK001", "cannot close")]
    [TestCase("{\"a\": {\"type\": \"x}}", "1:16", "BK001", "never ends")]
    [TestCase("{\"a\": {\"type\": \"\\q\"}}", "1:17", "BK001", "no escape")]
    [TestCase("{\"a\": {\"type\": \"\\u12g4\"}}", "1:17", "BK001", "hexadecimal")]
    [TestCase("{\"a\": {\"x\": 007}}", "1:13", "BK001", "not a JSON number")]
    [TestCase("{\"a\": {\"x\": +1}}", "1:13", "BK001", "not a JSON number")]
    [TestCase("{\"a\": {\"x\": NaN}}", "1:13", "BK001", "not a JSON value")]
    [TestCase("{\"a\": {\"x\": True}}", "1:13", "BK001", "not a JSON value")]
    [TestCase("{\"a\": {\"x\": production}}", "1:13", "BK001", "not a JSON value")]
    [TestCase("{/* a: {}}", "1:2", "BK001", "comment")]
    [TestCase("{\"a\": {}, / }", "1:11", "BK001", "'/'")]
    [TestCase("{\"a\": {}, \"a\": {}}", "1:11", "BK005", "second time")]
    [TestCase("{\"__base__\": {}, \"__base__\": {}}", "1:18", "BK005", "second time")]
    [TestCase("{\"a\": {\"type\": \"x\", \"type\": \"y\"}}", "1:21", "BK005", "second time")]
    [TestCase("{\"a\": {\"default_attributes\": {\"k\": 1, \"\\u006b\": 2}}}", "1:39", "BK005", "second time")]
    [TestCase("{\"Web\": {}, \"web\": {}}", "1:13", "BK006", "case")]
    [TestCase("{\"../x\": {}}", "1:2", "BK006", "name of a group")]
    [TestCase("{\"a/b\": {}}", "1:2", "BK006", "name of a group")]
    [TestCase("{\"\": {}}", "1:2", "BK006", "name of a group")]
    [TestCase("{\".hidden\": {}}", "1:2", "BK006", "name of a group")]
    [TestCase("{\"a b\": {}}", "1:2", "BK006", "name of a group")]
    [TestCase("{\"_base_\": {}}", "1:2", "BK006", "name of a group")]
    [TestCase("{\"a\": {\"image_name\": \"web\"}}", "1:22", "BK009", "{{timestamp}}")]
    [TestCase("{\"a\": {\"image_name\": \"web: {{timestamp}}\"}}", "1:22", "BK009", "{{timestamp}}")]
    [TestCase("{\"a\": {\"image_name\": \"{{timestamp}}{{timestamp}}\"}}", "1:22", "BK009", "{{timestamp}}")]
    [TestCase("{\"a\": {\"image_name\": \"{{name}}-{{timestamp}}\"}}", "1:22", "BK009", "{{timestamp}}")]
    [TestCase("{\"__bse__\": {}}", "1:2", "BK007", "reserved")]
    [TestCase("{\"__settings__\": {\"clod\": \"aws\"}}", "1:19", "BK007", "no setting")]
    [TestCase("{\"__settings__\": {\"cloud\": \"azure\"}}", "1:28", "BK009", "one of aws, local")]
    [TestCase("{\"__settings__\": {\"roles_folder\": \"../x\"}}", "1:35", "BK009", "inside the project")]
    [TestCase("{\"__settings__\": {\"packer_folder\": \".\"}, \"nodes\": {}}", "1:36", "BK009", "overwrite the manifest")]
    [TestCase("{\"__settings__\": {\"dna_folder\": \"./.\"}}", "1:33", "BK009", "overwrite the manifest")]
    [TestCase("{\"__settings__\": {\"builds_folder\": \".Package/x\"}}", "1:36", "BK009", "the program's own")]
    [TestCase("{\"__settings__\": {\"roles_folder\": \"./Packer\"}}", "1:35", "BK010", "packer_folder are the same folder")]
    [TestCase("{\"__settings__\": {\"accounts\": []}}", "1:31", "BK008", "an object")]
    [TestCase("{\"__settings__\": {\"accounts\": {\"a b\": {}}}}", "1:32", "BK009", "the name of an account")]
    [TestCase("{\"__settings__\": {\"accounts\": {\"prod\": 1}}}", "1:40", "BK008", "an object")]
    [TestCase("{\"__settings__\": {\"accounts\": {\"prod\": {\"id\": \"123456789012\"}}}}", "1:40", "BK009", "needs the attribute \"role_arn\"")]
    [TestCase("{\"__settings__\": {\"accounts\": {\"prod\": {\"role_arn\": \"arn:aws:iam::123456789012:role/a\"}}}}", "1:40", "BK009", "needs the attribute \"id\"")]
    [TestCase("{\"__settings__\": {\"accounts\": {\"prod\": {\"role_arn\": \"arn:aws:iam::123456789012:role/a\", \"id\": 123456789012}}}}", "1:95", "BK008", "a 12-digit account id in quotes")]
    [TestCase("{\"__settings__\": {\"accounts\": {\"prod\": {\"role_arn\": \"arn:aws:iam::123456789012:role/a\", \"id\": \"12345678901\"}}}}", "1:95", "BK009", "a 12-digit account id in quotes")]
    [TestCase("{\"__settings__\": {\"accounts\": {\"prod\": {\"id\": \"123456789012\", \"role_arn\": \"arn:aws:iam::123456789012:user/a\"}}}}", "1:75", "BK009", "the ARN of a role")]
    [TestCase("{\"__settings__\": {\"accounts\": {\"prod\": {\"id\": \"123456789012\", \"role_arn\": \"arn:aws:iam::210987654321:role/a\"}}}}", "1:75", "BK010", "a role of account 210987654321")]
    [TestCase("{\"__settings__\": {\"accounts\": {\"prod\": {\"id\": \"123456789012\", \"role_arn\": \"arn:aws:iam::123456789012:role/a\", \"regions\": [\"us-est\"]}}}}", "1:123", "BK009", "a region")]
    [TestCase("{\"__settings__\": {\"accounts\": {\"prod\": {\"id\": \"123456789012\", \"role_arn\": \"arn:aws:iam::123456789012:role/a\", \"regions\": []}}}}", "1:122", "BK009", "at least one region")]
    [TestCase("{\"__settings__\": {\"accounts\": {\"prod\": {\"id\": \"123456789012\", \"role_arn\": \"arn:aws:iam::123456789012:role/a\", \"regions\": [\"us-east-1\", \"us-east-1\"]}}}}", "1:136", "BK010", "twice")]
    [TestCase("{\"__settings__\": {\"accounts\": {\"prod\": {\"id\": \"123456789012\", \"role_arn\": \"arn:aws:iam::123456789012:role/a\", \"regions\": [\"us-east-1\"], \"kms_key_ids\": {\"us-west-2\": \"alias/a\"}}}}}", "1:153", "BK010", "not among")]
    [TestCase("{\"__settings__\": {\"accounts\": {\"prod\": {\"id\": \"123456789012\", \"role_arn\": \"arn:aws:iam::123456789012:role/a\", \"kms_key_ids\": {\"us-west-2\": 1}}}}}", "1:140", "BK008", "a text")]
    [TestCase("{\"__settings__\": {\"accounts\": {\"prod\": {\"id\": \"123456789012\", \"role_arn\": \"arn:aws:iam::123456789012:role/a\", \"kms_key_ids\": {\"us-west-2\": \"arn:aws:kms:us-east-1:123456789012:key/a\"}}}}}", "1:140", "BK010", "a key of us-east-1")]
    [TestCase("{\"__settings__\": {\"accounts\": {\"prod\": {\"id\": \"123456789012\", \"role_arn\": \"arn:aws:iam::123456789012:role/a\", \"kms_keys\": {}}}}}", "1:111", "BK011", "has no attribute \"kms_keys\"")]
    [TestCase("{\"a\": {\"fast_snapshot_restore\": \"us-east-1a\"}}", "1:33", "BK008", "true, false, or a list of")]
    [TestCase("{\"a\": {\"fast_snapshot_restore\": [\"A\"]}}", "1:34", "BK009", "availability zone")]
    [TestCase("{\"a\": {\"region\": \"us-east-1\", \"fast_snapshot_restore\": [\"eu-west-1a\"]}}", "1:57", "BK010", "no availability zone of that")]
    [TestCase("{\"a\": {\"volume_initialization_rate\": 301}}", "1:38", "BK009", "from 100 to 300")]
    [TestCase("{\"a\": {\"volume_initialization_rate\": \"200\"}}", "1:38", "BK008", "a whole number")]
    [TestCase("{\"a\": {\"fast_snapshot_restore\": true, \"volume_initialization_rate\": 200}}", "1:69", "BK010", "would make useless")]
    [TestCase("{\"__settings__\": {\"local\": {\"delay_scale\": -1}}}", "1:44", "BK009", "from 0 to 1000")]
    [TestCase("{\"__settings__\": {\"local\": {\"delay_scale\": 1e308}}}", "1:44", "BK009", "from 0 to 1000")]
    [TestCase("{\"__settings__\": {\"local\": {\"delays\": {\"running\": 1e9}}}}", "1:51", "BK009", "from 0 to 86400")]
    [TestCase("{\"__settings__\": {\"cookbooks_folder\": \"../x\"}}", "1:39", "BK009", "inside the project")]
    [TestCase("{\"__settings__\": {\"cookbooks_folder\": [\"a\", 1]}}", "1:45", "BK008", "cookbooks_folder[]")]
    [TestCase("{\"__settings__\": {\"data_bags_folder\": \"roles\"}}", "1:39", "BK010", "files of the program")]
    [TestCase("{\"__settings__\": {\"cookbooks_folder\": [\".\"]}}", "1:40", "BK010", "files of the program")]
    [TestCase("{\"a\": {\"dna\": {\"run_list\": []}}}", "1:16", "BK009", "neither id nor run_list")]
    [TestCase("{\"a\": {\"dna\": []}}", "1:15", "BK008", "an object")]
    [TestCase("{\"a\": {\"data_bag_secret_file\": \"\"}}", "1:32", "BK009", "not empty")]
    [TestCase("{\"a\": {\"provision\": [{\"script\": \"../a\"}]}}", "1:33", "BK009", "inside the project")]
    [TestCase("{\"a\": {\"provision\": [{\"arguments\": []}]}}", "1:22", "BK009", "needs the attribute \"script\"")]
    [TestCase("{\"a\": {\"provision\": [{\"script\": \"a\", \"arguments\": [\"a\\nb\"]}]}}", "1:52", "BK009", "without line breaks")]
    [TestCase("{\"a\": {\"provision\": [{\"script\": \"a\", \"folder\": \"srv\"}]}}", "1:48", "BK009", "an absolute path")]
    [TestCase("{\"a\": {\"provision\": [1]}}", "1:22", "BK008", "or an object that na")]
    [TestCase("{\"a\": {\"line_endings\": \"dos\"}}", "1:24", "BK009", "one of convert, refuse")]
    [TestCase("{\"a\": {\"tasks\": {\"a b\": \"a.sh\"}}}", "1:18", "BK009", "the name of a task")]
    [TestCase("{\"a\": {\"tasks\": {\"a\": \"/a.sh\"}}}", "1:23", "BK009", "inside the project")]
    [TestCase("{\"a\": {\"code\": {\"path\": \"/srv/a\"}}}", "1:16", "BK009", "needs the attribute \"repository\"")]
    [TestCase("{\"a\": {\"code\": [{\"repository\": \"x\"}]}}", "1:17", "BK009", "needs the attribute \"path\"")]
    [TestCase("{\"a\": {\"code\": {\"repository\": \"https://me:secret@host/x\", \"path\": \"/srv/a\"}}}", "1:31", "BK009", "a password or a token")]
    [TestCase("{\"a\": {\"code\": {\"repository\": \"https://ghp_0123456789abcdefghijABCDEFGHIJ012345@github.com/a/b\", \"path\": \"/srv/a\"}}}", "1:31", "BK009", "a password or a token")]
    [TestCase("{\"a\": {\"code\": {\"repository\": \"my repository\", \"path\": \"/srv/a\"}}}", "1:31", "BK009", "without spaces")]
    [TestCase("{\"a\": {\"code\": {\"repository\": \"ext::sh -c id\", \"path\": \"/srv/a\"}}}", "1:31", "BK009", "what git fetches from")]
    [TestCase("{\"a\": {\"code\": {\"repository\": \"--upload-pack=id\", \"path\": \"/srv/a\"}}}", "1:31", "BK009", "what git fetches from")]
    [TestCase("{\"a\": {\"code\": {\"repository\": \"x\", \"path\": \"/etc\"}}}", "1:44", "BK009", "below a folder")]
    [TestCase("{\"a\": {\"code\": {\"repository\": \"x\", \"path\": \"/srv/../etc\"}}}", "1:44", "BK009", "below a folder")]
    [TestCase("{\"a\": {\"code\": {\"repository\": \"x\", \"path\": \"/srv/a\", \"branch\": \"a..b\"}}}", "1:64", "BK009", "a branch")]
    [TestCase("{\"a\": {\"code\": {\"repository\": \"x\", \"path\": \"/srv/a\", \"branch\": \"b\", \"revision\": \"v1\"}}}", "1:81", "BK010", "only one of them")]
    [TestCase("{\"a\": {\"code\": {\"repository\": \"x\", \"path\": \"/srv/a\", \"without\": [\"tests\"]}}}", "1:66", "BK009", "one of submodules, lfs")]
    [TestCase("{\"a\": {\"code\": [{\"repository\": \"x\", \"path\": \"/srv/a\"}, {\"repository\": \"y\", \"path\": \"/srv/a/b\"}]}}", "1:84", "BK010", "in one place")]
    [TestCase("{\"a\": {\"communicator\": \"none\", \"code\": {\"repository\": \"x\", \"path\": \"/srv/a\"}}}", "1:24", "BK010", "nothing could run")]
    [TestCase("{\"__settings__\": 1}", "1:18", "BK008", "an object")]
    [TestCase("{\"__base__\": []}", "1:14", "BK008", "an object")]
    [TestCase("{\"a\": null}", "1:7", "BK008", "an object")]
    [TestCase("{\"a\": {\"run_list\": \"recipe[x]\"}}", "1:20", "BK008", "a list")]
    [TestCase("{\"a\": {\"run_list\": [1]}}", "1:21", "BK008", "run_list[]")]
    [TestCase("{\"a\": {\"run_list\": [\"recipe[x\"]}}", "1:21", "BK009", "run list item")]
    [TestCase("{\"a\": {\"default_attributes\": []}}", "1:30", "BK008", "an object")]
    [TestCase("{\"a\": {\"description\": 1}}", "1:23", "BK008", "a text")]
    [TestCase("{\"a\": {\"verify\": \"tests/a.sh\"}}", "1:18", "BK008", "a list")]
    [TestCase("{\"a\": {\"verify\": [\"../a.sh\"]}}", "1:19", "BK009", "inside the project")]
    [TestCase("{\"a\": {\"verify_http\": 80}}", "1:23", "BK008", "an object")]
    [TestCase("{\"a\": {\"verify_http\": {\"path\": \"/\"}}}", "1:23", "BK009", "needs the attribute \"port\"")]
    [TestCase("{\"a\": {\"verify_http\": {\"port\": 0}}}", "1:32", "BK009", "from 1 to 65535")]
    [TestCase("{\"a\": {\"verify_http\": {\"port\": 80, \"path\": \"x y\"}}}", "1:44", "BK009", "starts with /")]
    [TestCase("{\"a\": {\"verify_http\": {\"port\": 80, \"timeout\": \"soon\"}}}", "1:47", "BK009", "a duration")]
    [TestCase("{\"a\": {\"verify_http\": {\"port\": 80, \"timeout\": \"0s\"}}}", "1:47", "BK009", "longer than none")]
    [TestCase("{\"a\": {\"ssh_timeout\": \"0m\"}}", "1:23", "BK009", "longer than none")]
    [TestCase("{\"__settings__\": {\"agent_timeout\": \"0s\"}}", "1:36", "BK009", "longer than none")]
    [TestCase("{\"a\": {\"verify_on_error\": \"kep\"}}", "1:27", "BK009", "one of cleanup, keep")]
    [TestCase("{\"a\": {\"architectures\": \"arm64\"}}", "1:25", "BK008", "a list")]
    [TestCase("{\"a\": {\"architectures\": [\"amd64\"]}}", "1:26", "BK009", "one of x86_64, arm64")]
    [TestCase("{\"a\": {\"architectures\": [\"arm64\", \"arm64\"]}}", "1:35", "BK010", "twice")]
    [TestCase("{\"a\": {\"architectures\": [\"arm64\"], \"instance_type\": {\"arm\": \"t4g.nano\"}}}", "1:54", "BK009", "one of x86_64, arm64")]
    [TestCase("{\"a\": {\"architectures\": [\"arm64\"], \"instance_type\": {\"arm64\": 1}}}", "1:63", "BK008", "an instance type")]
    [TestCase("{\"a\": {\"instance_type\": {\"arm64\": \"t4g.nano\"}}}", "1:25", "BK010", "no architectures")]
    [TestCase("{\"a\": {\"architectures\": [\"x86_64\", \"arm64\"], \"instance_type\": {\"arm64\": \"t4g.nano\"}}}", "1:63", "BK010", "has none for it")]
    [TestCase("{\"a\": {\"architectures\": [\"x86_64\", \"arm64\"], \"instance_type\": \"t4g.nano\"}}", "1:63", "BK010", "for one architecture")]
    [TestCase("{\"a\": {\"architectures\": [\"x86_64\", \"arm64\"], \"source_ami\": \"ami-12345678\"}}", "1:60", "BK010", "for one architecture")]
    [TestCase("{\"a\": {\"region\": \"mars\"}}", "1:18", "BK009", "a region")]
    [TestCase("{\"a\": {\"instance_type\": \"large\"}}", "1:25", "BK009", "an instance type")]
    [TestCase("{\"a\": {\"source_ami\": \"debian\"}}", "1:22", "BK009", "an image id")]
    [TestCase("{\"a\": {\"source_ami_filter\": {\"filters\": {}}}}", "1:29", "BK009", "needs the attribute \"owners\"")]
    [TestCase("{\"a\": {\"source_ami\": \"ami-12345678\", \"source_ami_parameter\": \"/p\"}}", "1:62", "BK010", "only one of them")]
    [TestCase("{\"__base__\": {\"source_ami\": \"ami-12345678\"}, \"a\": {\"source_ami_parameter\": \"/p\"}}", "1:76", "BK010", "only one of them")]
    [TestCase("{\"a\": {\"user_data\": \"x\", \"user_data_file\": \"y\"}}", "1:44", "BK010", "only one of them")]
    [TestCase("{\"a\": {\"provision\": [\"../../etc/passwd\"]}}", "1:22", "BK009", "inside the project")]
    [TestCase("{\"a\": {\"provision\": [\"/bin/x\"]}}", "1:22", "BK009", "inside the project")]
    [TestCase("{\"a\": {\"tags\": {\"a\": 1}}}", "1:22", "BK008", "tags.a")]
    [TestCase("{\"a\": {\"encrypt_boot\": \"yes\"}}", "1:24", "BK008", "true or false")]
    [TestCase("{\"a\": {\"ami_users\": [\"123\"]}}", "1:22", "BK009", "12-digit")]
    [TestCase("{\"a\": {\"deprecate_after\": \"soon\"}}", "1:27", "BK009", "duration")]
    [TestCase("{\"a\": {\"communicator\": \"winrm\"}}", "1:24", "BK009", "one of ssm, ssh, none")]
    [TestCase("{\"a\": {\"ssh_interface\": \"session_manager\"}}", "1:25", "BK009", "one of public_ip")]
    [TestCase("{\"a\": {\"ssh_username\": \"-oProxyCommand=x\"}}", "1:24", "BK009", "the name of a user")]
    [TestCase("{\"a\": {\"ssh_port\": 0}}", "1:20", "BK009", "from 1 to 65535")]
    [TestCase("{\"a\": {\"ssh_port\": \"22\"}}", "1:20", "BK008", "from 1 to 65535")]
    [TestCase("{\"a\": {\"ssh_agent_auth\": \"yes\"}}", "1:26", "BK008", "true or false")]
    [TestCase("{\"a\": {\"ssh_agent_auth\": true, \"ssh_private_key_file\": \"~/.ssh/id\"}}", "1:26", "BK010", "only one of them")]
    [TestCase("{\"a\": {\"communicator\": \"none\", \"provision\": [\"a.sh\"]}}", "1:24", "BK010", "nothing could run")]
    [TestCase("{\"__base__\": {\"run_list\": [\"a\"]}, \"a\": {\"communicator\": \"none\"}}", "1:57", "BK010", "nothing could run")]
    [TestCase("{\"a\": {\"temporary_security_group_source_cidrs\": [\"0.0.0.0/0\"]}}", "1:50", "BK009", "not all addresses")]
    [TestCase("{\"__settings__\": {\"public_address_url\": \"checkip\"}}", "1:41", "BK009", "an http or https address")]
    [TestCase("{\"a\": {\"launch_block_device_mappings\": [{\"volume_size\": 8}]}}", "1:41", "BK009", "needs the attribute \"device_name\"")]
    [TestCase("{\"a\": {\"launch_block_device_mappings\": [{\"device_name\": \"/dev/xvda\", \"volume_size\": 0}]}}", "1:85", "BK009", "whole number")]
    [TestCase("{\"a\": {\"launch_block_device_mappings\": [{\"device_name\": \"/dev/xvda\", \"volume_type\": \"gp9\"}]}}", "1:85", "BK009", "one of gp2")]
    [TestCase("{\"a\": {\"autoscale\": true}}", "1:21", "BK008", "false or an object")]
    [TestCase("{\"a\": {\"autoscale\": {\"node_min\": 1.5}}}", "1:34", "BK009", "whole number")]
    [TestCase("{\"a\": {\"autoscale\": {\"node_min\": -1}}}", "1:34", "BK009", "whole number")]
    [TestCase("{\"a\": {\"autoscale\": {\"node_max\": 4, \"canary\": {\"steps\": [\"5% 10m\", \"100%\"], \"checks\": [{\"metric\": \"healthy_hosts\", \"min\": 5}]}}}}", "1:123", "BK010", "healthy_hosts' min 5, which is above its node_max 4")]
    [TestCase("{\"a\": {\"autoscale\": {\"node_min\": 5, \"node_max\": 2}}}", "1:34", "BK010", "above its node_max")]
    [TestCase("{\"a\": {\"autoscale\": {\"health_check\": {\"type\": \"tcp\"}}}}", "1:47", "BK009", "one of ec2, elb")]
    [TestCase("{\"a\": {\"autoscale\": {\"lifecycle_hooks\": [{\"name\": \"x\"}]}}}", "1:42", "BK009", "needs the attribute \"transition\"")]
    [TestCase("{\"a\": {\"autoscale\": {\"instance_types\": {\"spot_share\": 50}}}}", "1:40", "BK009", "needs the attribute \"types\"")]
    [TestCase("{\"a\": {\"autoscale\": {\"termination_policies\": [\"Oldest\"]}}}", "1:47", "BK009", "one of Default")]
    [TestCase("{\"web.eu\": {}, \"web-eu\": {}}", "1:16", "BK006", "'.', '-' and '_'")]
    [TestCase("{\"web_eu\": {}, \"Web.eu\": {}}", "1:16", "BK006", "'.', '-' and '_'")]
    [TestCase("{\"a\": {\"tags\": {\"aws:x\": \"1\"}}}", "1:17", "BK009", "neither aws: nor baker:")]
    [TestCase("{\"a\": {\"tags\": {\"AWS:x\": \"1\"}}}", "1:17", "BK009", "neither aws: nor baker:")]
    [TestCase("{\"a\": {\"tags\": {\"baker:group\": \"x\"}}}", "1:17", "BK009", "neither aws: nor baker:")]
    [TestCase("{\"a\": {\"snapshot_tags\": {\"\": \"x\"}}}", "1:26", "BK009", "1 to 128 characters")]
    [TestCase("{\"config\": {}}", "1:2", "BK006", "what Baker keeps")]
    [TestCase("{\"a\": {\"config\": \"yes\"}}", "1:18", "BK008", "true or false")]
    [TestCase("{\"a\": {\"config\": 1}}", "1:18", "BK008", "true or false")]
    [TestCase("{\"a\": {\"config\": true}}", "1:18", "BK010", "no iam_instance_profile")]
    [TestCase("{\"__base__\": {\"config\": true}, \"a\": {\"iam_instance_profile\": null}}", "1:25", "BK010", "no iam_instance_profile")]
    [TestCase("{\"a\": {\"iam_instance_profile\": \"p\", \"config\": true, \"communicator\": \"none\"}}", "1:69", "BK010", "nothing could put baker-node")]
    [TestCase("{\"a\": {\"config_reload\": [\"web.service\"]}}", "1:25", "BK010", "no config")]
    [TestCase("{\"a\": {\"config_secrets\": [\"A\"]}}", "1:26", "BK010", "no config")]
    [TestCase("{\"a\": {\"config_kms_key_id\": \"alias/k\"}}", "1:29", "BK010", "no config")]
    [TestCase("{\"a\": {\"iam_instance_profile\": \"p\", \"config\": true, \"config_reload\": \"web\"}}", "1:70", "BK008", "a list")]
    [TestCase("{\"a\": {\"iam_instance_profile\": \"p\", \"config\": true, \"config_reload\": [\"-web\"]}}", "1:71", "BK009", "systemd unit")]
    [TestCase("{\"a\": {\"iam_instance_profile\": \"p\", \"config\": true, \"config_reload\": [\"web app\"]}}", "1:71", "BK009", "systemd unit")]
    [TestCase("{\"a\": {\"iam_instance_profile\": \"p\", \"config\": true, \"config_reload\": [\"bin/reload\"]}}", "1:71", "BK009", "whole path")]
    [TestCase("{\"a\": {\"iam_instance_profile\": \"p\", \"config\": true, \"config_reload\": [\"/\"]}}", "1:71", "BK009", "whole path")]
    [TestCase("{\"a\": {\"iam_instance_profile\": \"p\", \"config\": true, \"config_reload\": [\"\"]}}", "1:71", "BK009", "whole path")]
    [TestCase("{\"a\": {\"iam_instance_profile\": \"p\", \"config\": true, \"config_secrets\": {\"A\": 1}}}", "1:71", "BK008", "a list")]
    [TestCase("{\"a\": {\"iam_instance_profile\": \"p\", \"config\": true, \"config_secrets\": [\"1A\"]}}", "1:72", "BK009", "name of a variable")]
    [TestCase("{\"a\": {\"iam_instance_profile\": \"p\", \"config\": true, \"config_secrets\": [\"A-B\"]}}", "1:72", "BK009", "name of a variable")]
    [TestCase("{\"a\": {\"iam_instance_profile\": \"p\", \"config\": true, \"config_secrets\": [1]}}", "1:72", "BK008", "config_secrets[]")]
    [TestCase("{\"a\": {\"iam_instance_profile\": \"p\", \"config\": true, \"config_kms_key_id\": \"\"}}", "1:74", "BK009", "not empty")]
    [TestCase("{\"a\": {\"iam_instance_profile\": \"p\", \"config\": true, \"config_kms_key_id\": true}}", "1:74", "BK008", "a text")]
    [TestCase("{\"a\": {\"kms_key_id\": \"alias/k\"}}", "1:22", "BK010", "no encrypt_boot")]
    [TestCase("{\"a\": {\"encrypt_boot\": false, \"kms_key_id\": \"alias/k\"}}", "1:45", "BK010", "no encrypt_boot")]
    [TestCase("{\"a\": {\"encrypt_boot\": true, \"ami_users\": [\"123456789012\"]}}", "1:43", "BK010", "default key")]
    [TestCase("{\"__base__\": {\"encrypt_boot\": true, \"kms_key_id\": \"alias/k\"}, \"a\": {\"ami_regions\": [\"us-east-1\", \"eu-west-1\"]}}", "1:98", "BK010", "no key for the copy in eu-west-1")]
    [TestCase("{\"a\": {\"region_kms_key_ids\": {\"mars\": \"alias/k\"}}}", "1:31", "BK009", "a region")]
    [TestCase("{\"a\": {\"source_ami\": \"ami-12345678\", \"description\": \"Zürich\"}}", "1:53", "BK009", "only ASCII")]
    [TestCase("{\"a\": {\"source_ami\": \"ami-12345678\", \"description\": \"a\\u0000b\"}}", "1:53", "BK009", "no control characters, not \"\\u0000\"")]
    [TestCase("{\"__base__\": {\"source_ami\": \"ami-12345678\"}, \"a\": {\"description\": \"web – x\"}}", "1:67", "BK009", "only ASCII")]
    [TestCase("{\"a\": {\"launch_block_device_mappings\": [{\"device_name\": \"/dev/sdb\"}, {\"device_name\": \"/dev/sdb\"}]}}", "1:86", "BK010", "also at 1:57")]
    [TestCase("{\"__base__\": {\"launch_block_device_mappings\": [{\"device_name\": \"/dev/sdb\"}]}, \"a\": {\"launch_block_device_mappings\": [{\"device_name\": \"/dev/sdb\"}]}}", "1:134", "BK010", "also at 1:64")]
    [TestCase("{\"a\": {\"launch_block_device_mappings\": [{\"device_name\": \"/dev/sdb\", \"volume_type\": \"gp2\", \"iops\": 3000}]}}", "1:99", "BK010", "gp2 volume does not take")]
    [TestCase("{\"a\": {\"launch_block_device_mappings\": [{\"device_name\": \"/dev/sdb\", \"volume_type\": \"io1\"}]}}", "1:41", "BK010", "without iops")]
    [TestCase("{\"a\": {\"launch_block_device_mappings\": [{\"device_name\": \"/dev/sdb\", \"volume_type\": \"io1\", \"iops\": 3000, \"throughput\": 125}]}}", "1:119", "BK010", "only gp3")]
    [TestCase("{\"a\": {\"launch_block_device_mappings\": [{\"device_name\": \"/dev/sdb\", \"kms_key_id\": \"alias/k\"}]}}", "1:83", "BK010", "is not encrypted")]
    [TestCase("{\"a\": {\"source_group\": \"b\"}}", "1:24", "BK009", "there is no such group")]
    [TestCase("{\"a\": {\"source_group\": 1}}", "1:24", "BK008", "name of a group")]
    [TestCase("{\"a\": {\"source_group\": \"a b\"}}", "1:24", "BK009", "a group")]
    [TestCase("{\"a\": {\"source_group\": \"a\"}}", "1:24", "BK010", "starts from its own image")]
    [TestCase("{\"a\": {\"source_group\": \"b\", \"region\": \"eu-west-1\"}, \"b\": {}}", "1:24", "BK010", "has none there")]
    [TestCase("{\"a\": {\"source_group\": \"b\", \"source_ami\": \"ami-12345678\"}, \"b\": {}}", "1:43", "BK010", "only one of them")]
    [TestCase("{\"a\": {\"source_channel\": \"production\"}}", "1:26", "BK010", "no source_group")]
    [TestCase("{\"a\": {\"source_group\": \"b\", \"source_channel\": \"Production\"}, \"b\": {}}", "1:47", "BK009", "channel")]
    [TestCase("{\"a\": {\"image_channel\": \"/a/b\"}}", "1:25", "BK009", "channel")]
    [TestCase("{\"a\": {\"image_channel\": \"ami-1\"}}", "1:25", "BK009", "channel")]
    [TestCase("{\"a\": {\"retention\": 3}}", "1:21", "BK008", "an object")]
    [TestCase("{\"a\": {\"retention\": {\"images\": 0}}}", "1:32", "BK009", "from 1 to 1000")]
    [TestCase("{\"a\": {\"retention\": {\"image\": 3}}}", "1:22", "BK011", "no attribute")]
    [TestCase("{\"a\": {\"retention\": {\"days\": \"30\"}}}", "1:30", "BK008", "from 1 to 3650")]
    [TestCase("{\"a\": {\"notifications\": 3}}", "1:25", "BK008", "the ARN of an SNS topic")]
    [TestCase("{\"a\": {\"notifications\": \"ops@example.com\"}}", "1:25", "BK009", "is not the ARN of an SNS topic")]
    [TestCase("{\"a\": {\"notifications\": \"\"}}", "1:25", "BK009", "is not the ARN of an SNS topic")]
    [TestCase("{\"a\": {\"notifications\": \"http://hooks.example.com/x\"}}", "1:25", "BK009", "is told hooks.example.com without TLS")]
    [TestCase("{\"a\": {\"notifications\": \"http://127.0.0.1.example.com/x\"}}", "1:25", "BK009", "without TLS")]
    [TestCase("{\"a\": {\"notifications\": \"https://me:secret@hooks.example.com/x\"}}", "1:25", "BK009", "has a user or a password")]
    [TestCase("{\"a\": {\"notifications\": \"ftp://hooks.example.com/x\"}}", "1:25", "BK009", "an address that starts with https://")]
    [TestCase("{\"a\": {\"notifications\": \"arn:aws:sqs:us-east-1:123456789012:q\"}}", "1:25", "BK009", "which is no topic of SNS")]
    [TestCase("{\"a\": {\"notifications\": \"arn:aws:sns:us-east-1:12:q\"}}", "1:25", "BK009", "which is no topic of SNS")]
    [TestCase("{\"a\": {\"notifications\": [\"https://a.example/\", \"arn:aws:sns:nowhere:123456789012:q\"]}}", "1:48", "BK009", "which is no topic of SNS")]
    [TestCase("{\"a\": {\"deploy_window\": 3}}", "1:25", "BK008", "a window such as")]
    [TestCase("{\"a\": {\"deploy_window\": \"\"}}", "1:25", "BK009", "is not days, hours and a time zone")]
    [TestCase("{\"a\": {\"deploy_window\": \"always\"}}", "1:25", "BK009", "is not days, hours and a time zone")]
    [TestCase("{\"a\": {\"deploy_window\": \"Mon-Thu 09:00-16:00\"}}", "1:25", "BK009", "names no time zone")]
    [TestCase("{\"a\": {\"deploy_window\": \"Mon-Thr 09:00-16:00 Europe/Berlin\"}}", "1:25", "BK009", "a day that does not exist, \"Thr\"")]
    [TestCase("{\"a\": {\"deploy_window\": \"Mon-Tue-Wed 09:00-16:00 UTC\"}}", "1:25", "BK009", "a day that does not exist, \"Mon-Tue-Wed\"")]
    [TestCase("{\"a\": {\"deploy_window\": \"Mon 16:00-09:00 UTC\"}}", "1:25", "BK009", "ends at 09:00, and begins at 16:00")]
    [TestCase("{\"a\": {\"deploy_window\": \"Mon 09:00-09:00 UTC\"}}", "1:25", "BK009", "which is not before")]
    [TestCase("{\"a\": {\"deploy_window\": \"Mon 9-16 UTC\"}}", "1:25", "BK009", "an hour that does not exist")]
    [TestCase("{\"a\": {\"deploy_window\": \"Mon 09:00-24:01 UTC\"}}", "1:25", "BK009", "an hour that does not exist")]
    [TestCase("{\"a\": {\"deploy_window\": \"Mon 09:60-10:00 UTC\"}}", "1:25", "BK009", "an hour that does not exist")]
    [TestCase("{\"a\": {\"deploy_window\": \"Mon 09:00 UTC\"}}", "1:25", "BK009", "where its hours are meant")]
    [TestCase("{\"a\": {\"deploy_window\": \"Mon 09:00-16:00 Europe/Berln\"}}", "1:25", "BK009", "a time zone that does not exist, \"Europe/Berln\"")]
    [TestCase("{\"a\": {\"deploy_window\": \"Mon 09:00-16:00 +02:00\"}}", "1:25", "BK009", "a time zone that does not exist")]
    [TestCase("{\"a\": {\"deploy_window\": \"Mon 09:00-16:00 ../../etc/localtime\"}}", "1:25", "BK009", "a time zone that does not exist")]
    [TestCase("{\"a\": {\"deploy_window\": [\"Mon 09:00-16:00 UTC\", \"Tue 09:00-16:00\"]}}", "1:49", "BK009", "names no time zone")]
    [TestCase("{\"a\": {\"autoscale\": {\"canary\": 3}}}", "1:32", "BK008", "must be an object")]
    [TestCase("{\"a\": {\"autoscale\": {\"canary\": {\"checks\": []}}}}", "1:32", "BK009", "needs the attribute \"steps\"")]
    [TestCase("{\"a\": {\"autoscale\": {\"canary\": {\"steps\": \"5% 10m\"}}}}", "1:42", "BK008", "a list of steps")]
    [TestCase("{\"a\": {\"autoscale\": {\"canary\": {\"steps\": []}}}}", "1:42", "BK009", "has no step")]
    [TestCase("{\"a\": {\"autoscale\": {\"canary\": {\"steps\": [5]}}}}", "1:43", "BK008", "a step such as")]
    [TestCase("{\"a\": {\"autoscale\": {\"canary\": {\"steps\": [\"5 10m\", \"100%\"]}}}}", "1:43", "BK009", "is not a share and a time")]
    [TestCase("{\"a\": {\"autoscale\": {\"canary\": {\"steps\": [\"0% 10m\", \"100%\"]}}}}", "1:43", "BK009", "leads nothing to the new fleet")]
    [TestCase("{\"a\": {\"autoscale\": {\"canary\": {\"steps\": [\"5% 10m\", \"101%\"]}}}}", "1:53", "BK009", "is more than all")]
    [TestCase("{\"a\": {\"autoscale\": {\"canary\": {\"steps\": [\"5% 10x\", \"100%\"]}}}}", "1:43", "BK009", "has a time that is none, \"10x\"")]
    [TestCase("{\"a\": {\"autoscale\": {\"canary\": {\"steps\": [\"5% 0m\", \"100%\"]}}}}", "1:43", "BK009", "has a time that is none, \"0m\"")]
    [TestCase("{\"a\": {\"autoscale\": {\"canary\": {\"steps\": [\"25% 10m\", \"5% 10m\", \"100%\"]}}}}", "1:54", "BK009", "must rise: 5% comes after 25%")]
    [TestCase("{\"a\": {\"autoscale\": {\"canary\": {\"steps\": [\"5% 10m\", \"5% 10m\", \"100%\"]}}}}", "1:53", "BK009", "must rise")]
    [TestCase("{\"a\": {\"autoscale\": {\"canary\": {\"steps\": [\"5% 10m\", \"50% 10m\"]}}}}", "1:53", "BK009", "ends with 50%: the last step must be 100%")]
    [TestCase("{\"a\": {\"autoscale\": {\"canary\": {\"steps\": [\"5%\", \"100%\"]}}}}", "1:43", "BK009", "has no time")]
    [TestCase("{\"a\": {\"autoscale\": {\"canary\": {\"steps\": [\"5% 10m\", \"100%\"], \"check\": []}}}}", "1:62", "BK011", "no attribute \"check\"")]
    [TestCase("{\"a\": {\"autoscale\": {\"canary\": {\"steps\": [\"5% 10m\", \"100%\"], \"quiet\": \"ignore\"}}}}", "1:71", "BK009", "one of wait, stop")]
    [TestCase("{\"a\": {\"autoscale\": {\"canary\": {\"steps\": [\"5% 10m\", \"100%\"], \"checks\": [{\"max\": 1}]}}}}", "1:73", "BK009", "measures nothing")]
    [TestCase("{\"a\": {\"autoscale\": {\"canary\": {\"steps\": [\"5% 10m\", \"100%\"], \"checks\": [{\"metric\": \"5xx\"}]}}}}", "1:73", "BK009", "has no bound: it could never fail")]
    [TestCase("{\"a\": {\"autoscale\": {\"canary\": {\"steps\": [\"5% 10m\", \"100%\"], \"checks\": [{\"metric\": \"6xx\", \"max\": 1}]}}}}", "1:84", "BK009", "is none that Baker knows")]
    [TestCase("{\"a\": {\"autoscale\": {\"canary\": {\"steps\": [\"5% 10m\", \"100%\"], \"checks\": [{\"metric\": \"latncy\", \"max\": 1}]}}}}", "1:84", "BK009", "is none that Baker knows")]
    [TestCase("{\"a\": {\"autoscale\": {\"canary\": {\"steps\": [\"5% 10m\", \"100%\"], \"checks\": [{\"metric\": \"latency\", \"percentile\": \"95\", \"max\": 1}]}}}}", "1:109", "BK009", "a percentile such as p95")]
    [TestCase("{\"a\": {\"autoscale\": {\"canary\": {\"steps\": [\"5% 10m\", \"100%\"], \"checks\": [{\"metric\": \"latency\", \"percentile\": \"p101\", \"max\": 1}]}}}}", "1:109", "BK009", "a percentile such as p95")]
    [TestCase("{\"a\": {\"autoscale\": {\"canary\": {\"steps\": [\"5% 10m\", \"100%\"], \"checks\": [{\"metric\": \"5xx\", \"percentile\": \"p95\", \"max\": 1}]}}}}", "1:91", "BK010", "means nothing for \"5xx\"")]
    [TestCase("{\"a\": {\"autoscale\": {\"canary\": {\"steps\": [\"5% 10m\", \"100%\"], \"checks\": [{\"metric\": \"healthy_hosts\", \"max\": 1}]}}}}", "1:101", "BK010", "means nothing for \"healthy_hosts\"")]
    [TestCase("{\"a\": {\"autoscale\": {\"canary\": {\"steps\": [\"5% 10m\", \"100%\"], \"checks\": [{\"metric\": \"5xx\", \"max\": -1}]}}}}", "1:98", "BK009", "a number from 0 up")]
    [TestCase("{\"a\": {\"autoscale\": {\"canary\": {\"steps\": [\"5% 10m\", \"100%\"], \"checks\": [{\"metric\": \"5xx\", \"max\": \"1%\"}]}}}}", "1:98", "BK008", "a number from 0 up")]
    [TestCase("{\"a\": {\"autoscale\": {\"canary\": {\"steps\": [\"5% 10m\", \"100%\"], \"checks\": [{\"metric\": \"5xx\", \"max\": 1, \"min_requests\": 0}]}}}}", "1:117", "BK009", "from 1 to 1000000")]
    [TestCase("{\"a\": {\"autoscale\": {\"canary\": {\"steps\": [\"5% 10m\", \"100%\"], \"checks\": [{\"metric\": \"5xx\", \"max\": 1, \"maximum\": 1}]}}}}", "1:101", "BK011", "no attribute \"maximum\"")]
    [TestCase("{\"a\": {\"autoscale\": {\"canary\": {\"steps\": [\"5% 10m\", \"100%\"], \"checks\": [{\"metric\": \"F\", \"namespace\": \"Acme\", \"statistic\": \"Median\", \"max\": 1}]}}}}", "1:123", "BK009", "one of Average, Sum")]
    [TestCase("{\"a\": {\"autoscale\": {\"canary\": {\"steps\": [\"5% 10m\", \"100%\"], \"checks\": [{\"metric\": \"F\", \"namespace\": \"Acme\", \"statistic\": \"Sum\", \"percentile\": \"p9\", \"max\": 1}]}}}}", "1:144", "BK010", "has a \"statistic\" and a \"percentile\"")]
    [TestCase("{\"a\": {\"autoscale\": {\"canary\": {\"steps\": [\"5% 10m\", \"100%\"], \"checks\": [{\"metric\": \"F\", \"namespace\": \"Acme\", \"worse_by\": 1}]}}}}", "1:122", "BK010", "compares \"F\" with itself")]
    [TestCase("{\"a\": {\"autoscale\": {\"canary\": {\"steps\": [\"5% 10m\", \"100%\"], \"checks\": [{\"metric\": \"F\", \"namespace\": \"Acme\", \"dimensions\": {\"G\": \"{{flet}}\"}, \"max\": 1}]}}}}", "1:130", "BK009", "a placeholder \"flet\" that nothing fills in")]
    [TestCase("{\"a\": {\"autoscale\": {\"canary\": {\"steps\": [\"9% 9m\", \"100%\"], \"checks\": [{\"http\": \"www.example.com/health\"}]}}}}", "1:81", "BK009", "an address such as")]
    [TestCase("{\"a\": {\"autoscale\": {\"canary\": {\"steps\": [\"9% 9m\", \"100%\"], \"checks\": [{\"http\": \"http://{{adress}}:8080/\"}]}}}}", "1:81", "BK009", "an address such as")]
    [TestCase("{\"a\": {\"autoscale\": {\"canary\": {\"steps\": [\"9% 9m\", \"100%\"], \"checks\": [{\"http\": \"http://a/\", \"status\": 700}]}}}}", "1:104", "BK009", "from 100 to 599")]
    [TestCase("{\"a\": {\"autoscale\": {\"canary\": {\"steps\": [\"9% 9m\", \"100%\"], \"checks\": [{\"http\": \"http://a/\", \"max\": 1}]}}}}", "1:94", "BK010", "means nothing for \"http\"")]
    [TestCase("{\"a\": {\"autoscale\": {\"canary\": {\"steps\": [\"9% 9m\", \"100%\"], \"checks\": [{\"http\": \"http://a/\", \"script\": \"a.sh\"}]}}}}", "1:94", "BK010", "measures two things")]
    [TestCase("{\"a\": {\"autoscale\": {\"canary\": {\"steps\": [\"9% 9m\", \"100%\"], \"checks\": [{\"script\": \"../a.sh\"}]}}}}", "1:83", "BK009", "a path inside the project's folder")]
    [TestCase("{\"a\": {\"autoscale\": {\"canary\": {\"steps\": [\"100%\"]}}}}", "1:43", "BK009", "nothing would be judged")]
    [TestCase("{\"a\": {\"autoscale\": {\"canary\": {\"steps\": [\"5% 400d\", \"100%\"]}}}}", "1:43", "BK009", "takes longer than 7 days")]
    [TestCase("{\"a\": {\"autoscale\": {\"canary\": {\"steps\": [\"5% 8d\", \"100%\"]}}}}", "1:43", "BK009", "takes longer than 7 days")]
    [TestCase("{\"a\": {\"autoscale\": {\"canary\": {\"steps\": [\"5% 10m\", \"100%\"], \"checks\": [{\"metric\": \"5xx\", \"max\": 101}]}}}}", "1:98", "BK009", "it could never fail")]
    [TestCase("{\"a\": {\"autoscale\": {\"canary\": {\"steps\": [\"5% 10m\", \"100%\"], \"checks\": [{\"metric\": \"5xx\", \"worse_by\": 100.0}]}}}}", "1:103", "BK009", "it could never fail")]
    [TestCase("{\"a\": {\"autoscale\": {\"canary\": {\"steps\": [\"5% 10m\", \"100%\"], \"checks\": [{\"metric\": \"latency\", \"max\": 0}]}}}}", "1:102", "BK009", "every request takes longer")]
    [TestCase("{\"a\": {\"autoscale\": {\"canary\": {\"steps\": [\"5% 10m\", \"100%\"], \"checks\": [{\"metric\": \"healthy_hosts\", \"min\": 1.5}]}}}}", "1:108", "BK009", "hosts are counted")]
    [TestCase("{\"a\": {\"autoscale\": {\"canary\": {\"steps\": [\"5% 10m\", \"100%\"], \"checks\": [{\"metric\": \"healthy_hosts\", \"worse_by\": 0.5}]}}}}", "1:113", "BK009", "hosts are counted")]
    [TestCase("{\"a\": {\"autoscale\": {\"canary\": {\"steps\": [\"5% 10m\", \"100%\"], \"checks\": [{\"metric\": \"F\", \"namespace\": \"Acme\", \"min\": 7, \"max\": 3}]}}}}", "1:117", "BK009", "no number is within")]
    [TestCase("{\"images\": {}}", "1:2", "BK006", "what Baker keeps")]
    public void Reader_BadManifest_SaysWhereWhatAndWhatToDo(string text, string place, string code, string message)
    {
        var error = new ReadManifest(text).Errors.First();
        Assert.Multiple(() =>
        {
            Assert.That(error.Position.ToString(), Is.EqualTo(place));
            Assert.That(error.Code, Is.EqualTo(code));
            Assert.That(error.Message, Does.Contain(message));
            Assert.That(error.Remedy, Does.EndWith(".").Or.EndWith("?").Or.Contain("for example").And.Length.GreaterThan(8));
        });
    }

    [Test]
    public void Reader_MoreTagsThanEc2Takes_SaysHowManyAreLeft()
    {
        var tags = string.Join(",", Enumerable.Range(0, 43).Select(number => $"\"t{number}\": \"x\""));
        var error = new ReadManifest($"{{\"a\": {{\"tags\": {{{tags}}}}}}}").Errors.Single();
        Assert.That((error.Code, error.Position.ToString(), error.Remedy), Is.EqualTo(("BK009", "1:16", "Keep at most 42.")));
    }

    [Test]
    public void Reader_EncryptedAndCopiedWithAKeyForEachRegion_IsRight() => Assert.That(
        new ReadManifest(
            """
            {"a": {"source_ami": "ami-12345678", "encrypt_boot": true, "kms_key_id": "alias/k", "ami_users": ["123456789012"],
              "ami_regions": ["us-east-1", "eu-west-1"], "region_kms_key_ids": {"eu-west-1": "alias/k"},
              "launch_block_device_mappings": [{"device_name": "/dev/sdb", "encrypted": true, "kms_key_id": "alias/k"}]}}
            """).Diagnostics,
        Is.Empty);

    [Test]
    public void Reader_ManyMistakes_ReportsAllInOneRun()
    {
        var read = new ReadManifest("{\"../x\": {}, \"a\": {\"run_list\": 1, \"type\": 2}, \"b\": {\"c\" 1}, \"d\": [], \"__x__\": {}, \"e\": {\"region\": 0}}");
        Assert.That(read.Errors.Select(error => error.Code), Is.EquivalentTo(new[] { "BK006", "BK008", "BK008", "BK001", "BK008", "BK007", "BK008" }));
    }

    [Test]
    public void Reader_InvalidUtf8_NamesOffsetAndLine()
    {
        byte[] bytes = [.. "{\n \"a\": {\"type\": \""u8, 0xC3, 0x28, .. "\"}}"u8];
        var error = new ReadManifest(bytes).Errors.Single();
        Assert.That(error.ToString(), Does.StartWith("nodes.json:2:17: error BK002").And.Contain("0xC3").And.Contain("offset 18"));
    }

    [Test]
    public void Reader_Utf16_SaysSo() =>
        Assert.That(new ReadManifest(Encoding.Unicode.GetPreamble().Concat(Encoding.Unicode.GetBytes("{}")).ToArray()).Errors.Single().Message, Does.Contain("UTF-16"));

    [Test]
    public void Reader_DeepNesting_IsBounded()
    {
        var text = "{\"a\": {\"x\": " + new string('[', 100_000) + new string(']', 100_000) + "}}";
        var error = new ReadManifest(text).Errors.Single();
        Assert.That((error.Code, error.Position.Line), Is.EqualTo((DiagnosticCode.TooDeep, 1)));
    }

    [Test]
    public void Reader_DeepestAllowedNesting_IsRead()
    {
        var text = "{\"a\": {\"x\": " + new string('[', 63) + new string(']', 63) + "}}";
        Assert.That(new ReadManifest(text).Errors, Is.Empty);
    }

    [Test]
    public void Reader_MissingQuote_PointsAtTheStringThatRunsOn()
    {
        var error = new ReadManifest("{\"a\": {\n  \"type\": \"x,\n  \"region\": \"us-east-1\"\n}}").Errors.First();
        Assert.That(error.Remedy, Does.Contain("2:11").And.Contain("closing quote"));
    }

    [Test]
    public void Reader_UnknownAttribute_WarnsAndSuggests()
    {
        var warning = new ReadManifest("{\"a\": {\"run_lst\": []}}").Diagnostics.Single();
        Assert.That((warning.Severity, warning.Code, warning.Remedy), Is.EqualTo((Severity.Warning, "BK011", "Did you mean \"run_list\"?")));
    }

    [TestCase("{\"a\": {\"run_list\": [\"role[b]\", \"role[a]\"]}}", "1:32")]
    [TestCase("{\"a\": {\"post_run_list\": [\"role[a]\"]}}", "1:26")]
    public void Reader_RoleThatNamesItself_Warns(string text, string place)
    {
        var warning = new ReadManifest(text).Diagnostics.Single();
        Assert.That((warning.Severity, warning.Code, warning.Position.ToString()), Is.EqualTo((Severity.Warning, "BK010", place)));
        Assert.That(warning.Message, Does.Contain("the role would name itself"));
    }

    [Test]
    public void Reader_CarriageReturnsAndWideCharacters_CountAsEditorsDo()
    {
        var error = new ReadManifest("{\r\n\"a\": {\"x\": \"é🚀\", \"type\": 1}}").Errors.Single();
        Assert.That(error.Position, Is.EqualTo(new Position(2, 27)));
    }
}
