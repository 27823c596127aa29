//! Secrets that are read again when a server refuses what their file held (behaviour B74).

use crate::common::{agree, open, quiet_world, settings, shown, told};
use glue_proto::Server;
use glue_sim::world::{TOKEN, World};

/// Lets the servers take another secret than the machine has.
fn change(world: &mut World, server: Server) {
    match server {
        Server::Zino => {
            world.zino.set_user("testuser", "another-secret");
            world.cut_zino();
        }
        Server::Argus => {
            world.argus.remove_token(TOKEN);
            world.argus.add_token("zino", "another-token");
        }
    }
}

const fn renewed(server: Server) -> &'static str {
    match server {
        Server::Zino => "another-secret",
        Server::Argus => "another-token",
    }
}

#[test]
fn b74_a_secret_that_was_rotated_on_disk_before_the_server_refuses_it_costs_nothing() {
    for server in [Server::Zino, Server::Argus] {
        let mut world = quiet_world(settings());
        world.rotate(server, renewed(server));
        world.run(120_000);
        assert_eq!(told(&world, "credentials"), 0, "nobody has refused anything: {}", shown(&world));
        change(&mut world, server);
        open(&mut world, "gw1");
        world.run(12_000);
        agree(&world);
        assert!(world.exit.is_none() && world.daemon.inspect().is_ready());
        assert_eq!(told(&world, "no longer accepted"), 1, "{}", shown(&world));
        assert_eq!(told(&world, "are accepted again"), 1, "{}", shown(&world));
    }
}

#[test]
fn b74_a_secret_that_is_rotated_on_disk_later_is_used_at_the_next_try() {
    for server in [Server::Zino, Server::Argus] {
        let mut world = quiet_world(settings());
        open(&mut world, "gw1");
        world.run(2_000);
        change(&mut world, server);
        open(&mut world, "gw2");
        world.run(200_000);
        assert!(!world.daemon.inspect().is_ready(), "{server:?}");
        world.rotate(server, renewed(server));
        open(&mut world, "gw3");
        world.run(75_000);
        agree(&world);
        assert!(world.daemon.inspect().is_ready() && told(&world, "are accepted again") == 1);
    }
}

#[test]
fn b74_at_the_first_contact_another_secret_begins_anew() {
    for server in [Server::Zino, Server::Argus] {
        let mut world = World::new(settings());
        world.start_log();
        change(&mut world, server);
        // In the pause after the first refusal, and wrong as well.
        world.run(5_000);
        world.rotate(server, "wrong-as-well");
        world.run(6_000);
        assert!(world.exit.is_none(), "{server:?}: {}", shown(&world));
        world.rotate(server, renewed(server));
        open(&mut world, "gw1");
        world.run(60_000);
        assert!(world.exit.is_none() && world.daemon.inspect().is_ready(), "{server:?}: {}", shown(&world));
        agree(&world);
    }
}

#[test]
fn b74_a_file_that_stays_as_it_is_changes_nothing_of_the_end() {
    for server in [Server::Zino, Server::Argus] {
        let mut world = World::new(settings());
        let file = if server == Server::Zino { "testpassword" } else { TOKEN };
        world.rotate(server, file);
        change(&mut world, server);
        assert!(world.run_until(60_000, |world| world.exit.is_some()));
        assert!((10_000..11_000).contains(&world.now()), "{}", world.now());
    }
}
