//! The simulations themselves on cases whose outcome the components' own documentation, arithmetic or a rehearsal gives,
//! so that they can be wrong and be seen to be.

use inuretech::model::topology::postgres::SynchronousMode::{self, Off, On, Quorum};

use super::fate::{Fate, Play};
use super::world::{Node, Site, World};
use super::{kafka, patroni, raft, redis_cluster, redis_watched};

const LOSE_A: fn() -> World = || World::default().without(0);
const LOSE_B: fn() -> World = || World::default().without(1);
const CUT: fn() -> World = || World::default().cut();

/// Whether clients of the preferred and of the standby data centre are served by these voters, led from a site.
fn quorum(counts: [usize; 3], world: &World, led_from: Site) -> [bool; 2] {
    let voters = world.members(counts);
    let incumbent = raft::incumbents(&voters, led_from)[0];
    let ends = raft::elections(world, &voters, incumbent);
    [0, 1].map(|site| world.left().contains(&site) && ends.iter().all(|end| end.serves(site)))
}

#[test]
fn a_majority_is_what_answers() {
    // Layout; who is served without A, without B, with the link cut and the leader in A.
    for (counts, without_a, without_b, cut) in [
        ([3, 2, 0], [false, false], [true, false], [true, false]),
        ([2, 1, 0], [false, false], [true, false], [true, false]),
        ([4, 3, 0], [false, false], [true, false], [true, false]),
        ([2, 2, 0], [false, false], [false, false], [false, false]),
        ([3, 3, 0], [false, false], [false, false], [false, false]),
        ([2, 2, 1], [false, true], [true, false], [true, true]),
        ([3, 3, 1], [false, true], [true, false], [true, true]),
    ] {
        assert_eq!(quorum(counts, &LOSE_A(), 0), without_a, "{counts:?} without A");
        assert_eq!(quorum(counts, &LOSE_B(), 0), without_b, "{counts:?} without B");
        assert_eq!(quorum(counts, &CUT(), 0), cut, "{counts:?} cut");
    }
    // The majority takes over from a leader that is cut off; without the witness nothing changes for the rest.
    assert_eq!(quorum([3, 2, 0], &CUT(), 1), [true, false]);
    assert_eq!(quorum([2, 2, 1], &World::default().without(2), 2), [true, true]);
}

/// Every play of PostgreSQL with these members and voters, the leaders at these sites.
fn postgres(world: &World, counts: [[usize; 3]; 2], sync: (SynchronousMode, usize), at: Site) -> Vec<Play> {
    let (mode, nodes) = sync;
    let [members, voters] = counts.map(|counts| world.members(counts));
    let cluster = patroni::Cluster { members, voters, mode, nodes, strict: false, followers: Vec::new() };
    patroni::stretched(world, &cluster, &world.members([2, 2, 0]), (at, at))
}

fn writes(play: &Play, site: Site) -> Fate {
    play.seen.get(&site).map_or(Fate::Gone, |seen| seen.writes)
}

#[test]
fn the_seeds_database_needs_a_person_without_its_preferred_data_centre() {
    let seed = [[2, 2, 0], [3, 2, 0]];
    let plays = postgres(&LOSE_A(), seed, (Quorum, 2), 0);
    assert!(plays.iter().all(|play| writes(play, 1) == Fate::Person && !play.lost && play.seen[&1].reads.served()));
    for at in [0, 1] {
        let plays = postgres(&LOSE_B(), seed, (Quorum, 2), at);
        assert!(plays.iter().all(|play| writes(play, 0).served() && !play.lost), "{plays:?}");
        let plays = postgres(&CUT(), seed, (Quorum, 2), at);
        assert!(plays.iter().all(|play| writes(play, 0).served() && writes(play, 1) == Fate::Person && !play.lost));
        assert!(plays.iter().all(|play| play.seen[&1].reads == Fate::Less), "{plays:?}");
    }
}

#[test]
fn the_other_side_takes_over_without_loss_exactly_where_as_many_commits_wait_as_members_are_beside_the_leader() {
    for (here, there) in [(1, 1), (2, 1), (2, 2), (3, 2), (3, 3)] {
        for nodes in 1..here + there {
            for mode in [On, Quorum] {
                let plays = postgres(&LOSE_A(), [[here, there, 0], [2, 2, 1]], (mode, nodes), 0);
                let always = plays.iter().all(|play| writes(play, 1).served());
                assert_eq!(always, nodes >= here, "{mode:?} {nodes} with {here} and {there}: {plays:?}");
                assert!(plays.iter().all(|play| !writes(play, 1).served() || !play.lost), "{plays:?}");
            }
        }
    }
}

#[test]
fn a_leader_on_the_wrong_side_of_a_cut_loses_what_nobody_else_has() {
    let drill = [[2, 2, 0], [3, 2, 0]];
    let plays = postgres(&CUT(), drill, (Off, 1), 1);
    assert!(plays.iter().all(|play| play.lost && writes(play, 0) == Fate::Back));
    let plays = postgres(&CUT(), drill, (On, 2), 1);
    assert!(plays.iter().all(|play| !play.lost));
    assert!(plays.iter().any(|play| writes(play, 0) == Fate::Back));
}

#[test]
fn with_its_etcd_away_a_leader_goes_on_only_while_every_member_answers() {
    let world = World::default();
    let dead = Node { site: 0, up: false, moved: false };
    let members = world.members([2, 2, 0]);
    let cluster =
        patroni::Cluster { members, voters: vec![dead; 3], mode: Quorum, nodes: 2, strict: false, followers: Vec::new() };
    let proxies = world.members([1, 1, 0]);
    let plays = patroni::stretched(&world, &cluster, &proxies, (0, 0));
    assert!(plays.iter().all(|play| play.writes() == Fate::Steady), "{plays:?}");
    let one_away = patroni::Cluster { members: [vec![dead], world.members([1, 2, 0])].concat(), ..cluster };
    let plays = patroni::stretched(&world, &one_away, &proxies, (0, 0));
    assert!(plays.iter().all(|play| play.writes() == Fate::Person && !play.lost), "{plays:?}");
}

#[test]
fn a_standby_cluster_is_never_promoted_by_itself() {
    let cluster = |world: &World, members: [usize; 3]| patroni::Cluster {
        members: world.members(members),
        voters: world.members(members.map(|count| count.min(1) * 3)),
        mode: Off,
        nodes: 0,
        strict: false,
        followers: Vec::new(),
    };
    let plays = |world: World| {
        let (first, second) = (cluster(&world, [2, 0, 0]), cluster(&world, [0, 2, 0]));
        patroni::followed(&world, &first, &second, &world.members([1, 1, 0]))
    };
    assert!(plays(LOSE_A()).iter().all(|play| writes(play, 1) == Fate::Person && play.lost));
    assert!(plays(LOSE_B()).iter().all(|play| writes(play, 0) == Fate::Steady && !play.lost));
    let cut = plays(CUT());
    assert!(cut.iter().all(|play| writes(play, 0) == Fate::Steady && !writes(play, 1).served() && !play.lost));
    assert!(cut.iter().all(|play| play.seen[&1].reads == Fate::Less), "{cut:?}");
}

/// Every play of a topic with controllers and brokers like these.
fn topic(world: &World, controllers: [usize; 3], sizes: (usize, usize), at: Site) -> Vec<Play> {
    let (copies, least) = sizes;
    let brokers = world.members([copies / 2, copies / 2, 0]);
    let topic = kafka::Topic { brokers, controllers: world.members(controllers), copies, least };
    kafka::plays(world, &topic, at)
}

#[test]
fn a_topic_lives_where_its_controllers_do() {
    for at in [0, 1] {
        for sizes in [(4, 2), (2, 1)] {
            let cut = topic(&CUT(), [2, 1, 0], sizes, at);
            assert!(cut.iter().all(|play| writes(play, 0) == Fate::Back && !writes(play, 1).served() && !play.lost), "{cut:?}");
            let without_b = topic(&LOSE_B(), [2, 1, 0], sizes, at);
            assert!(without_b.iter().all(|play| writes(play, 0) == Fate::Back && !play.lost), "{without_b:?}");
            let without_a = topic(&LOSE_A(), [2, 1, 0], sizes, at);
            assert!(without_a.iter().all(|play| writes(play, 1) == Fate::Person && !play.lost), "{without_a:?}");
            let witnessed = topic(&LOSE_A(), [1, 1, 1], sizes, at);
            assert!(witnessed.iter().all(|play| writes(play, 1) == Fate::Back && !play.lost), "{witnessed:?}");
        }
        // Every acknowledged record in both: blocked on either side of a cut, and without either data centre.
        for world in [CUT(), LOSE_A(), LOSE_B()] {
            let plays = topic(&world, [1, 1, 1], (4, 3), at);
            assert!(plays.iter().all(|play| play.writes() == Fate::Person && !play.lost), "{plays:?}");
        }
    }
}

#[test]
fn a_controller_at_the_witness_fences_nobody_when_the_link_is_cut() {
    for sizes in [(4, 2), (2, 1)] {
        let plays = topic(&CUT(), [1, 1, 1], sizes, 2);
        // Each side goes on with the partitions that it leads.
        assert!(plays.iter().all(|play| [0, 1].map(|site| writes(play, site)) == [Fate::Less; 2] && !play.lost), "{plays:?}");
    }
}

#[test]
fn a_topic_outlives_its_controllers_while_every_copy_is_there() {
    let world = World::default();
    let dead = Node { site: 0, up: false, moved: false };
    let controllers = [vec![dead; 2], world.members([0, 1, 0])].concat();
    let whole = kafka::Topic { brokers: world.members([2, 2, 0]), controllers, copies: 4, least: 2 };
    // No leader could move any more, but none has to.
    assert!(kafka::plays(&world, &whole, 0).iter().all(|play| play.writes() == Fate::Less));
    let one_away = kafka::Topic { brokers: [vec![dead], world.members([1, 2, 0])].concat(), ..whole };
    assert!(kafka::plays(&world, &one_away, 0).iter().all(|play| play.writes() == Fate::Person));
}

/// A cluster with so many masters at each site, each with a replica in the other data centre.
fn cluster(world: &World, masters: [usize; 3]) -> Play {
    let mut members = Vec::new();
    for (shard, node) in world.members(masters).into_iter().enumerate() {
        let other = usize::from(node.site == 0);
        let mut counts = [0; 3];
        counts[other] = 1;
        let token = node.site == 2;
        members.push(redis_cluster::Member { node, shard, owner: true, token });
        members.push(redis_cluster::Member { node: world.members(counts)[0], shard, owner: false, token });
    }
    redis_cluster::play(world, &members, 0)
}

#[test]
fn a_cache_cluster_follows_the_majority_of_its_masters() {
    let without_b = cluster(&LOSE_B(), [2, 1, 0]);
    assert_eq!((writes(&without_b, 0), without_b.lost), (Fate::Back, true));
    let without_a = cluster(&LOSE_A(), [2, 1, 0]);
    assert_eq!((writes(&without_a, 1), without_a.lost), (Fate::Person, true));
    let cut = cluster(&CUT(), [2, 1, 0]);
    assert_eq!((writes(&cut, 0), writes(&cut, 1), cut.lost), (Fate::Back, Fate::Person, true));
    for world in [LOSE_A(), LOSE_B()] {
        let witnessed = cluster(&world, [1, 1, 1]);
        assert_eq!(witnessed.writes(), Fate::Back);
    }
    // The witness hears both sides, so nobody is agreed to have failed, and each side serves its own slots.
    let cut = cluster(&CUT(), [1, 1, 1]);
    assert_eq!((writes(&cut, 0), writes(&cut, 1), cut.lost), (Fate::Less, Fate::Less, false));
    // Two masters elect nobody, and one never does.
    assert_eq!(cluster(&LOSE_B(), [1, 1, 0]).writes(), Fate::Person);
    assert_eq!(cluster(&LOSE_A(), [1, 0, 0]).writes(), Fate::Person);
}

/// Every play of a watched master with two members at each data centre.
fn watched(world: &World, sentinels: [usize; 3], least_replicas: usize, at: Site) -> Vec<Play> {
    let sentinels = world.members(sentinels);
    let quorum = sentinels.len() / 2 + 1;
    let members = world.members([2, 2, 0]);
    let master = members.iter().position(|member| member.site == at).unwrap();
    redis_watched::plays(world, &redis_watched::Watched { members, sentinels, quorum, least_replicas }, master)
}

#[test]
fn sentinels_act_where_most_of_all_are() {
    let still = watched(&CUT(), [3, 2, 0], 1, 0);
    assert!(still.iter().all(|play| writes(play, 0) == Fate::Steady && writes(play, 1) == Fate::Person && !play.lost));
    // The old master goes on beside the new one, and loses what it took.
    let two = watched(&CUT(), [3, 2, 0], 1, 1);
    assert!(two.iter().all(|play| writes(play, 0) == Fate::Back && writes(play, 1) == Fate::Steady && play.lost));
    let none = watched(&CUT(), [3, 2, 0], 2, 1);
    assert!(none.iter().all(|play| play.writes() == Fate::Person && play.lost), "{none:?}");
    for (sentinels, world, left, fate) in [
        ([2, 1, 0], LOSE_A(), 1, Fate::Person),
        ([2, 1, 0], LOSE_B(), 0, Fate::Steady),
        ([1, 1, 1], LOSE_A(), 1, Fate::Back),
        ([2, 2, 1], LOSE_A(), 1, Fate::Back),
        ([2, 2, 0], LOSE_A(), 1, Fate::Person),
    ] {
        let plays = watched(&world, sentinels, 0, 0);
        assert!(plays.iter().all(|play| writes(play, left) == fate), "{sentinels:?}: {plays:?}");
    }
}
