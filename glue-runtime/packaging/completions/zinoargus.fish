# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_zinoargus_global_optspecs
    string join \n v/verbose c/config-file= log-format= accept-state-loss record= record-limit= h/help V/version
end

function __fish_zinoargus_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_zinoargus_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_zinoargus_using_subcommand
    set -l cmd (__fish_zinoargus_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c zinoargus -n "__fish_zinoargus_needs_command" -s c -l config-file -d 'The configuration file' -r -F
complete -c zinoargus -n "__fish_zinoargus_needs_command" -l log-format -d 'The form of the log: by default that of journald if it reads standard error, else text' -r -f -a "text\t'Time, level and message'
json\t'An object for each record'
journald\t'The priority in front, without time'"
complete -c zinoargus -n "__fish_zinoargus_needs_command" -l record -d 'Write down everything that the daemon hears and does, without secrets, for `replay`' -r -F
complete -c zinoargus -n "__fish_zinoargus_needs_command" -l record-limit -d 'The size of a recording in MiB, after which it goes on in another file; the one before is kept as FILE.1' -r
complete -c zinoargus -n "__fish_zinoargus_needs_command" -s v -l verbose -d 'Say more: once for what happens, twice for how, three times for everything'
complete -c zinoargus -n "__fish_zinoargus_needs_command" -l accept-state-loss -d 'End the incidents of cases that are gone, even if Zino seems to have lost its state'
complete -c zinoargus -n "__fish_zinoargus_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c zinoargus -n "__fish_zinoargus_needs_command" -s V -l version -d 'Print version'
complete -c zinoargus -n "__fish_zinoargus_needs_command" -f -a "check" -d 'Try the configuration on the servers: log in to Zino, ask Argus what it knows, and the primary if there is one. Changes nothing'
complete -c zinoargus -n "__fish_zinoargus_needs_command" -f -a "check-config" -d 'Judge the configuration file without asking any server: every error at once'
complete -c zinoargus -n "__fish_zinoargus_needs_command" -f -a "plan" -d 'Show in what Zino and Argus differ, and what a sync would do about it. Writes nothing'
complete -c zinoargus -n "__fish_zinoargus_needs_command" -f -a "explain" -d 'Say what is known of a case, which rule decides, what was refused and what is to be done. Asks the running daemon at `status.listen`; if there is none, both servers. Writes nothing'
complete -c zinoargus -n "__fish_zinoargus_needs_command" -f -a "sync" -d 'Bring Zino and Argus in step once, by the rules of the daemon, and end. Not while the daemon runs'
complete -c zinoargus -n "__fish_zinoargus_needs_command" -f -a "replay" -d 'Run a recording of the daemon through the same machine again, and show what it heard and did'
complete -c zinoargus -n "__fish_zinoargus_needs_command" -f -a "failover" -d 'Decide in place of the probes whether the running daemon is at work, at the socket of `status.control`'
complete -c zinoargus -n "__fish_zinoargus_needs_command" -f -a "reload" -d 'Have the running daemon read its configuration again, and wait until it is in force'
complete -c zinoargus -n "__fish_zinoargus_needs_command" -f -a "accept-state-loss" -d 'Have the running daemon end the incidents that it holds back because Zino seems to have lost its state'
complete -c zinoargus -n "__fish_zinoargus_needs_command" -f -a "retry" -d 'Have the running daemon try again at once what was refused for a case, or could not be read'
complete -c zinoargus -n "__fish_zinoargus_needs_command" -f -a "record" -d 'Have the running daemon write down what it hears and does from now on, for `replay`'
complete -c zinoargus -n "__fish_zinoargus_needs_command" -f -a "status" -d 'Ask the running daemon how it is, at the address of `status.listen`'
complete -c zinoargus -n "__fish_zinoargus_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c zinoargus -n "__fish_zinoargus_using_subcommand check" -s c -l config-file -d 'The configuration file' -r -F
complete -c zinoargus -n "__fish_zinoargus_using_subcommand check" -l log-format -d 'The form of the log: by default that of journald if it reads standard error, else text' -r -f -a "text\t'Time, level and message'
json\t'An object for each record'
journald\t'The priority in front, without time'"
complete -c zinoargus -n "__fish_zinoargus_using_subcommand check" -l json -d 'Print the result as JSON'
complete -c zinoargus -n "__fish_zinoargus_using_subcommand check" -s v -l verbose -d 'Say more: once for what happens, twice for how, three times for everything'
complete -c zinoargus -n "__fish_zinoargus_using_subcommand check" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c zinoargus -n "__fish_zinoargus_using_subcommand check-config" -s c -l config-file -d 'The configuration file' -r -F
complete -c zinoargus -n "__fish_zinoargus_using_subcommand check-config" -l log-format -d 'The form of the log: by default that of journald if it reads standard error, else text' -r -f -a "text\t'Time, level and message'
json\t'An object for each record'
journald\t'The priority in front, without time'"
complete -c zinoargus -n "__fish_zinoargus_using_subcommand check-config" -l json -d 'Print the result as JSON'
complete -c zinoargus -n "__fish_zinoargus_using_subcommand check-config" -s v -l verbose -d 'Say more: once for what happens, twice for how, three times for everything'
complete -c zinoargus -n "__fish_zinoargus_using_subcommand check-config" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c zinoargus -n "__fish_zinoargus_using_subcommand plan" -s c -l config-file -d 'The configuration file' -r -F
complete -c zinoargus -n "__fish_zinoargus_using_subcommand plan" -l log-format -d 'The form of the log: by default that of journald if it reads standard error, else text' -r -f -a "text\t'Time, level and message'
json\t'An object for each record'
journald\t'The priority in front, without time'"
complete -c zinoargus -n "__fish_zinoargus_using_subcommand plan" -l json -d 'Print the result as JSON'
complete -c zinoargus -n "__fish_zinoargus_using_subcommand plan" -s v -l verbose -d 'Say more: once for what happens, twice for how, three times for everything'
complete -c zinoargus -n "__fish_zinoargus_using_subcommand plan" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c zinoargus -n "__fish_zinoargus_using_subcommand explain" -s c -l config-file -d 'The configuration file' -r -F
complete -c zinoargus -n "__fish_zinoargus_using_subcommand explain" -l log-format -d 'The form of the log: by default that of journald if it reads standard error, else text' -r -f -a "text\t'Time, level and message'
json\t'An object for each record'
journald\t'The priority in front, without time'"
complete -c zinoargus -n "__fish_zinoargus_using_subcommand explain" -l json -d 'Print the result as JSON'
complete -c zinoargus -n "__fish_zinoargus_using_subcommand explain" -s v -l verbose -d 'Say more: once for what happens, twice for how, three times for everything'
complete -c zinoargus -n "__fish_zinoargus_using_subcommand explain" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c zinoargus -n "__fish_zinoargus_using_subcommand sync" -s c -l config-file -d 'The configuration file' -r -F
complete -c zinoargus -n "__fish_zinoargus_using_subcommand sync" -l log-format -d 'The form of the log: by default that of journald if it reads standard error, else text' -r -f -a "text\t'Time, level and message'
json\t'An object for each record'
journald\t'The priority in front, without time'"
complete -c zinoargus -n "__fish_zinoargus_using_subcommand sync" -l once -d 'Required: what goes on is the daemon, which needs no command'
complete -c zinoargus -n "__fish_zinoargus_using_subcommand sync" -l json -d 'Print the result as JSON'
complete -c zinoargus -n "__fish_zinoargus_using_subcommand sync" -s v -l verbose -d 'Say more: once for what happens, twice for how, three times for everything'
complete -c zinoargus -n "__fish_zinoargus_using_subcommand sync" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c zinoargus -n "__fish_zinoargus_using_subcommand replay" -l case -d 'Show only what is about this case in Zino' -r
complete -c zinoargus -n "__fish_zinoargus_using_subcommand replay" -l anonymise -d 'Write the recording to this file, with other names for routers, people and whatever else is no word that the program knows, and say whether that one does the same again. Not for one case: without the others nothing can be run' -r -F
complete -c zinoargus -n "__fish_zinoargus_using_subcommand replay" -l html -d 'Write the recording to this file, as one page for a browser that can be filtered by case. With --anonymise the page has the other names, too; with --case it shows only that one' -r -F
complete -c zinoargus -n "__fish_zinoargus_using_subcommand replay" -s c -l config-file -d 'The configuration file' -r -F
complete -c zinoargus -n "__fish_zinoargus_using_subcommand replay" -l log-format -d 'The form of the log: by default that of journald if it reads standard error, else text' -r -f -a "text\t'Time, level and message'
json\t'An object for each record'
journald\t'The priority in front, without time'"
complete -c zinoargus -n "__fish_zinoargus_using_subcommand replay" -l json -d 'Print the result as JSON'
complete -c zinoargus -n "__fish_zinoargus_using_subcommand replay" -s v -l verbose -d 'Say more: once for what happens, twice for how, three times for everything'
complete -c zinoargus -n "__fish_zinoargus_using_subcommand replay" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c zinoargus -n "__fish_zinoargus_using_subcommand failover; and not __fish_seen_subcommand_from pause resume activate standby help" -s c -l config-file -d 'The configuration file' -r -F
complete -c zinoargus -n "__fish_zinoargus_using_subcommand failover; and not __fish_seen_subcommand_from pause resume activate standby help" -l log-format -d 'The form of the log: by default that of journald if it reads standard error, else text' -r -f -a "text\t'Time, level and message'
json\t'An object for each record'
journald\t'The priority in front, without time'"
complete -c zinoargus -n "__fish_zinoargus_using_subcommand failover; and not __fish_seen_subcommand_from pause resume activate standby help" -s v -l verbose -d 'Say more: once for what happens, twice for how, three times for everything'
complete -c zinoargus -n "__fish_zinoargus_using_subcommand failover; and not __fish_seen_subcommand_from pause resume activate standby help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c zinoargus -n "__fish_zinoargus_using_subcommand failover; and not __fish_seen_subcommand_from pause resume activate standby help" -f -a "pause" -d 'Keep the mode of now, whatever the primary does'
complete -c zinoargus -n "__fish_zinoargus_using_subcommand failover; and not __fish_seen_subcommand_from pause resume activate standby help" -f -a "resume" -d 'Let the probes decide again'
complete -c zinoargus -n "__fish_zinoargus_using_subcommand failover; and not __fish_seen_subcommand_from pause resume activate standby help" -f -a "activate" -d 'Be ACTIVE from now on, until it is resumed'
complete -c zinoargus -n "__fish_zinoargus_using_subcommand failover; and not __fish_seen_subcommand_from pause resume activate standby help" -f -a "standby" -d 'Be in STANDBY from now on, until it is resumed'
complete -c zinoargus -n "__fish_zinoargus_using_subcommand failover; and not __fish_seen_subcommand_from pause resume activate standby help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c zinoargus -n "__fish_zinoargus_using_subcommand failover; and __fish_seen_subcommand_from pause" -l for -d 'Resume by itself after so long, such as 30m or "1h 30m"' -r
complete -c zinoargus -n "__fish_zinoargus_using_subcommand failover; and __fish_seen_subcommand_from pause" -s c -l config-file -d 'The configuration file' -r -F
complete -c zinoargus -n "__fish_zinoargus_using_subcommand failover; and __fish_seen_subcommand_from pause" -l log-format -d 'The form of the log: by default that of journald if it reads standard error, else text' -r -f -a "text\t'Time, level and message'
json\t'An object for each record'
journald\t'The priority in front, without time'"
complete -c zinoargus -n "__fish_zinoargus_using_subcommand failover; and __fish_seen_subcommand_from pause" -s v -l verbose -d 'Say more: once for what happens, twice for how, three times for everything'
complete -c zinoargus -n "__fish_zinoargus_using_subcommand failover; and __fish_seen_subcommand_from pause" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c zinoargus -n "__fish_zinoargus_using_subcommand failover; and __fish_seen_subcommand_from resume" -s c -l config-file -d 'The configuration file' -r -F
complete -c zinoargus -n "__fish_zinoargus_using_subcommand failover; and __fish_seen_subcommand_from resume" -l log-format -d 'The form of the log: by default that of journald if it reads standard error, else text' -r -f -a "text\t'Time, level and message'
json\t'An object for each record'
journald\t'The priority in front, without time'"
complete -c zinoargus -n "__fish_zinoargus_using_subcommand failover; and __fish_seen_subcommand_from resume" -s v -l verbose -d 'Say more: once for what happens, twice for how, three times for everything'
complete -c zinoargus -n "__fish_zinoargus_using_subcommand failover; and __fish_seen_subcommand_from resume" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c zinoargus -n "__fish_zinoargus_using_subcommand failover; and __fish_seen_subcommand_from activate" -s c -l config-file -d 'The configuration file' -r -F
complete -c zinoargus -n "__fish_zinoargus_using_subcommand failover; and __fish_seen_subcommand_from activate" -l log-format -d 'The form of the log: by default that of journald if it reads standard error, else text' -r -f -a "text\t'Time, level and message'
json\t'An object for each record'
journald\t'The priority in front, without time'"
complete -c zinoargus -n "__fish_zinoargus_using_subcommand failover; and __fish_seen_subcommand_from activate" -l yes -d 'Do not ask first'
complete -c zinoargus -n "__fish_zinoargus_using_subcommand failover; and __fish_seen_subcommand_from activate" -s v -l verbose -d 'Say more: once for what happens, twice for how, three times for everything'
complete -c zinoargus -n "__fish_zinoargus_using_subcommand failover; and __fish_seen_subcommand_from activate" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c zinoargus -n "__fish_zinoargus_using_subcommand failover; and __fish_seen_subcommand_from standby" -s c -l config-file -d 'The configuration file' -r -F
complete -c zinoargus -n "__fish_zinoargus_using_subcommand failover; and __fish_seen_subcommand_from standby" -l log-format -d 'The form of the log: by default that of journald if it reads standard error, else text' -r -f -a "text\t'Time, level and message'
json\t'An object for each record'
journald\t'The priority in front, without time'"
complete -c zinoargus -n "__fish_zinoargus_using_subcommand failover; and __fish_seen_subcommand_from standby" -l yes -d 'Do not ask first'
complete -c zinoargus -n "__fish_zinoargus_using_subcommand failover; and __fish_seen_subcommand_from standby" -s v -l verbose -d 'Say more: once for what happens, twice for how, three times for everything'
complete -c zinoargus -n "__fish_zinoargus_using_subcommand failover; and __fish_seen_subcommand_from standby" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c zinoargus -n "__fish_zinoargus_using_subcommand failover; and __fish_seen_subcommand_from help" -f -a "pause" -d 'Keep the mode of now, whatever the primary does'
complete -c zinoargus -n "__fish_zinoargus_using_subcommand failover; and __fish_seen_subcommand_from help" -f -a "resume" -d 'Let the probes decide again'
complete -c zinoargus -n "__fish_zinoargus_using_subcommand failover; and __fish_seen_subcommand_from help" -f -a "activate" -d 'Be ACTIVE from now on, until it is resumed'
complete -c zinoargus -n "__fish_zinoargus_using_subcommand failover; and __fish_seen_subcommand_from help" -f -a "standby" -d 'Be in STANDBY from now on, until it is resumed'
complete -c zinoargus -n "__fish_zinoargus_using_subcommand failover; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c zinoargus -n "__fish_zinoargus_using_subcommand reload" -l or-signal -d 'Where nobody takes commands at `status.control`, judge the file and send SIGHUP to this process, without waiting' -r
complete -c zinoargus -n "__fish_zinoargus_using_subcommand reload" -s c -l config-file -d 'The configuration file' -r -F
complete -c zinoargus -n "__fish_zinoargus_using_subcommand reload" -l log-format -d 'The form of the log: by default that of journald if it reads standard error, else text' -r -f -a "text\t'Time, level and message'
json\t'An object for each record'
journald\t'The priority in front, without time'"
complete -c zinoargus -n "__fish_zinoargus_using_subcommand reload" -s v -l verbose -d 'Say more: once for what happens, twice for how, three times for everything'
complete -c zinoargus -n "__fish_zinoargus_using_subcommand reload" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c zinoargus -n "__fish_zinoargus_using_subcommand accept-state-loss" -s c -l config-file -d 'The configuration file' -r -F
complete -c zinoargus -n "__fish_zinoargus_using_subcommand accept-state-loss" -l log-format -d 'The form of the log: by default that of journald if it reads standard error, else text' -r -f -a "text\t'Time, level and message'
json\t'An object for each record'
journald\t'The priority in front, without time'"
complete -c zinoargus -n "__fish_zinoargus_using_subcommand accept-state-loss" -s v -l verbose -d 'Say more: once for what happens, twice for how, three times for everything'
complete -c zinoargus -n "__fish_zinoargus_using_subcommand accept-state-loss" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c zinoargus -n "__fish_zinoargus_using_subcommand retry" -s c -l config-file -d 'The configuration file' -r -F
complete -c zinoargus -n "__fish_zinoargus_using_subcommand retry" -l log-format -d 'The form of the log: by default that of journald if it reads standard error, else text' -r -f -a "text\t'Time, level and message'
json\t'An object for each record'
journald\t'The priority in front, without time'"
complete -c zinoargus -n "__fish_zinoargus_using_subcommand retry" -s v -l verbose -d 'Say more: once for what happens, twice for how, three times for everything'
complete -c zinoargus -n "__fish_zinoargus_using_subcommand retry" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c zinoargus -n "__fish_zinoargus_using_subcommand record; and not __fish_seen_subcommand_from start stop help" -s c -l config-file -d 'The configuration file' -r -F
complete -c zinoargus -n "__fish_zinoargus_using_subcommand record; and not __fish_seen_subcommand_from start stop help" -l log-format -d 'The form of the log: by default that of journald if it reads standard error, else text' -r -f -a "text\t'Time, level and message'
json\t'An object for each record'
journald\t'The priority in front, without time'"
complete -c zinoargus -n "__fish_zinoargus_using_subcommand record; and not __fish_seen_subcommand_from start stop help" -s v -l verbose -d 'Say more: once for what happens, twice for how, three times for everything'
complete -c zinoargus -n "__fish_zinoargus_using_subcommand record; and not __fish_seen_subcommand_from start stop help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c zinoargus -n "__fish_zinoargus_using_subcommand record; and not __fish_seen_subcommand_from start stop help" -f -a "start" -d 'Begin one. It shows what happened, and cannot be run again: for that it has to begin with the daemon'
complete -c zinoargus -n "__fish_zinoargus_using_subcommand record; and not __fish_seen_subcommand_from start stop help" -f -a "stop" -d 'End it, also one that was begun with --record'
complete -c zinoargus -n "__fish_zinoargus_using_subcommand record; and not __fish_seen_subcommand_from start stop help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c zinoargus -n "__fish_zinoargus_using_subcommand record; and __fish_seen_subcommand_from start" -l limit -d 'The size in MiB, after which it goes on in another file; the one before is kept as FILE.1' -r
complete -c zinoargus -n "__fish_zinoargus_using_subcommand record; and __fish_seen_subcommand_from start" -s c -l config-file -d 'The configuration file' -r -F
complete -c zinoargus -n "__fish_zinoargus_using_subcommand record; and __fish_seen_subcommand_from start" -l log-format -d 'The form of the log: by default that of journald if it reads standard error, else text' -r -f -a "text\t'Time, level and message'
json\t'An object for each record'
journald\t'The priority in front, without time'"
complete -c zinoargus -n "__fish_zinoargus_using_subcommand record; and __fish_seen_subcommand_from start" -s v -l verbose -d 'Say more: once for what happens, twice for how, three times for everything'
complete -c zinoargus -n "__fish_zinoargus_using_subcommand record; and __fish_seen_subcommand_from start" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c zinoargus -n "__fish_zinoargus_using_subcommand record; and __fish_seen_subcommand_from stop" -s c -l config-file -d 'The configuration file' -r -F
complete -c zinoargus -n "__fish_zinoargus_using_subcommand record; and __fish_seen_subcommand_from stop" -l log-format -d 'The form of the log: by default that of journald if it reads standard error, else text' -r -f -a "text\t'Time, level and message'
json\t'An object for each record'
journald\t'The priority in front, without time'"
complete -c zinoargus -n "__fish_zinoargus_using_subcommand record; and __fish_seen_subcommand_from stop" -s v -l verbose -d 'Say more: once for what happens, twice for how, three times for everything'
complete -c zinoargus -n "__fish_zinoargus_using_subcommand record; and __fish_seen_subcommand_from stop" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c zinoargus -n "__fish_zinoargus_using_subcommand record; and __fish_seen_subcommand_from help" -f -a "start" -d 'Begin one. It shows what happened, and cannot be run again: for that it has to begin with the daemon'
complete -c zinoargus -n "__fish_zinoargus_using_subcommand record; and __fish_seen_subcommand_from help" -f -a "stop" -d 'End it, also one that was begun with --record'
complete -c zinoargus -n "__fish_zinoargus_using_subcommand record; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c zinoargus -n "__fish_zinoargus_using_subcommand status" -l watch -d 'Ask again every so many seconds, until it is interrupted' -r
complete -c zinoargus -n "__fish_zinoargus_using_subcommand status" -s c -l config-file -d 'The configuration file' -r -F
complete -c zinoargus -n "__fish_zinoargus_using_subcommand status" -l log-format -d 'The form of the log: by default that of journald if it reads standard error, else text' -r -f -a "text\t'Time, level and message'
json\t'An object for each record'
journald\t'The priority in front, without time'"
complete -c zinoargus -n "__fish_zinoargus_using_subcommand status" -l json -d 'Print the answer as JSON'
complete -c zinoargus -n "__fish_zinoargus_using_subcommand status" -l health -d 'Only find out whether the daemon is alive: exit status 0 if it is, else 75'
complete -c zinoargus -n "__fish_zinoargus_using_subcommand status" -s v -l verbose -d 'Say more: once for what happens, twice for how, three times for everything'
complete -c zinoargus -n "__fish_zinoargus_using_subcommand status" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c zinoargus -n "__fish_zinoargus_using_subcommand help; and not __fish_seen_subcommand_from check check-config plan explain sync replay failover reload accept-state-loss retry record status help" -f -a "check" -d 'Try the configuration on the servers: log in to Zino, ask Argus what it knows, and the primary if there is one. Changes nothing'
complete -c zinoargus -n "__fish_zinoargus_using_subcommand help; and not __fish_seen_subcommand_from check check-config plan explain sync replay failover reload accept-state-loss retry record status help" -f -a "check-config" -d 'Judge the configuration file without asking any server: every error at once'
complete -c zinoargus -n "__fish_zinoargus_using_subcommand help; and not __fish_seen_subcommand_from check check-config plan explain sync replay failover reload accept-state-loss retry record status help" -f -a "plan" -d 'Show in what Zino and Argus differ, and what a sync would do about it. Writes nothing'
complete -c zinoargus -n "__fish_zinoargus_using_subcommand help; and not __fish_seen_subcommand_from check check-config plan explain sync replay failover reload accept-state-loss retry record status help" -f -a "explain" -d 'Say what is known of a case, which rule decides, what was refused and what is to be done. Asks the running daemon at `status.listen`; if there is none, both servers. Writes nothing'
complete -c zinoargus -n "__fish_zinoargus_using_subcommand help; and not __fish_seen_subcommand_from check check-config plan explain sync replay failover reload accept-state-loss retry record status help" -f -a "sync" -d 'Bring Zino and Argus in step once, by the rules of the daemon, and end. Not while the daemon runs'
complete -c zinoargus -n "__fish_zinoargus_using_subcommand help; and not __fish_seen_subcommand_from check check-config plan explain sync replay failover reload accept-state-loss retry record status help" -f -a "replay" -d 'Run a recording of the daemon through the same machine again, and show what it heard and did'
complete -c zinoargus -n "__fish_zinoargus_using_subcommand help; and not __fish_seen_subcommand_from check check-config plan explain sync replay failover reload accept-state-loss retry record status help" -f -a "failover" -d 'Decide in place of the probes whether the running daemon is at work, at the socket of `status.control`'
complete -c zinoargus -n "__fish_zinoargus_using_subcommand help; and not __fish_seen_subcommand_from check check-config plan explain sync replay failover reload accept-state-loss retry record status help" -f -a "reload" -d 'Have the running daemon read its configuration again, and wait until it is in force'
complete -c zinoargus -n "__fish_zinoargus_using_subcommand help; and not __fish_seen_subcommand_from check check-config plan explain sync replay failover reload accept-state-loss retry record status help" -f -a "accept-state-loss" -d 'Have the running daemon end the incidents that it holds back because Zino seems to have lost its state'
complete -c zinoargus -n "__fish_zinoargus_using_subcommand help; and not __fish_seen_subcommand_from check check-config plan explain sync replay failover reload accept-state-loss retry record status help" -f -a "retry" -d 'Have the running daemon try again at once what was refused for a case, or could not be read'
complete -c zinoargus -n "__fish_zinoargus_using_subcommand help; and not __fish_seen_subcommand_from check check-config plan explain sync replay failover reload accept-state-loss retry record status help" -f -a "record" -d 'Have the running daemon write down what it hears and does from now on, for `replay`'
complete -c zinoargus -n "__fish_zinoargus_using_subcommand help; and not __fish_seen_subcommand_from check check-config plan explain sync replay failover reload accept-state-loss retry record status help" -f -a "status" -d 'Ask the running daemon how it is, at the address of `status.listen`'
complete -c zinoargus -n "__fish_zinoargus_using_subcommand help; and not __fish_seen_subcommand_from check check-config plan explain sync replay failover reload accept-state-loss retry record status help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c zinoargus -n "__fish_zinoargus_using_subcommand help; and __fish_seen_subcommand_from failover" -f -a "pause" -d 'Keep the mode of now, whatever the primary does'
complete -c zinoargus -n "__fish_zinoargus_using_subcommand help; and __fish_seen_subcommand_from failover" -f -a "resume" -d 'Let the probes decide again'
complete -c zinoargus -n "__fish_zinoargus_using_subcommand help; and __fish_seen_subcommand_from failover" -f -a "activate" -d 'Be ACTIVE from now on, until it is resumed'
complete -c zinoargus -n "__fish_zinoargus_using_subcommand help; and __fish_seen_subcommand_from failover" -f -a "standby" -d 'Be in STANDBY from now on, until it is resumed'
complete -c zinoargus -n "__fish_zinoargus_using_subcommand help; and __fish_seen_subcommand_from record" -f -a "start" -d 'Begin one. It shows what happened, and cannot be run again: for that it has to begin with the daemon'
complete -c zinoargus -n "__fish_zinoargus_using_subcommand help; and __fish_seen_subcommand_from record" -f -a "stop" -d 'End it, also one that was begun with --record'
