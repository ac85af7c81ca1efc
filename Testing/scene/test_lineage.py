"""Which node belongs to which is told by the scene alone."""

from MicroCTSuperResLib.scene import lineage
from MicroCTSuperResLib.scene.volume_nodes import node_from_volume
from sample_scene import METADATA, oblique_volume


def enhanced(scene, name, lr, model="default 1.0"):
    metadata = METADATA | {"MicroCTSuperRes.model": model}
    node = node_from_volume(scene, oblique_volume(metadata=metadata), name)
    lineage.mark_enhanced(node, lr)
    return node


def lr_node(scene, name="LR"):
    return node_from_volume(scene, oblique_volume(metadata={}), name)


def test_a_dl_volume_knows_its_lr_and_its_model(scene):
    lr = lr_node(scene)
    dl = enhanced(scene, "DL", lr)
    assert lineage.lr_of(dl) is lr
    assert lineage.model_of(dl) == "default 1.0"
    assert lineage.is_enhanced(dl)
    assert not lineage.is_enhanced(lr)
    assert lineage.model_of(lr) == ""


def test_an_lr_volume_knows_what_was_made_from_it_by_which_model(scene):
    lr, other = lr_node(scene), lr_node(scene, "LR 2")
    first, second = enhanced(scene, "DL", lr), enhanced(scene, "DL 2", lr, "sharp 2.1")
    enhanced(scene, "DL of another", other)
    assert lineage.enhanced_from(lr) == [first, second]
    assert lineage.enhanced_from(lr, "sharp 2.1") == [second]


def test_it_is_known_again_after_a_scene_file(host):
    enhanced(host.scene, "DL", lr_node(host.scene))
    other = host.reloaded()
    assert lineage.lr_of(other.node("DL")) is other.node("LR")
    assert lineage.enhanced_from(other.node("LR"), "default 1.0") == [other.node("DL")]


def test_a_scene_imported_into_another_keeps_its_own_pairs(host):
    enhanced(host.scene, "DL", lr_node(host.scene))
    path = host.save()
    assert host.scene.ReadFromMRB(str(path))
    volumes = [host.scene.GetNthNodeByClass(n, lineage.VOLUME_CLASS) for n in range(4)]
    pairs = [(lineage.lr_of(node), node) for node in volumes if lineage.is_enhanced(node)]
    assert len(pairs) == 2
    assert pairs[0][0] is not pairs[1][0]
    assert all(lineage.enhanced_from(lr) == [dl] for lr, dl in pairs)


def test_a_removed_lr_is_not_known_any_more(host):
    lr = lr_node(host.scene)
    dl = enhanced(host.scene, "DL", lr)
    host.scene.RemoveNode(lr)
    assert lineage.lr_of(dl) is None


def test_a_closed_scene_knows_nothing_and_can_be_filled_again(host):
    enhanced(host.scene, "DL", lr_node(host.scene))
    host.scene.Clear(False)
    lr = lr_node(host.scene)
    assert lineage.enhanced_from(lr) == []
    dl = enhanced(host.scene, "DL", lr)
    assert lineage.enhanced_from(lr) == [dl]
