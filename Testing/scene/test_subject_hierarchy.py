"""DL stands beside LR in the tree of the Data module."""

from MicroCTSuperResLib.scene.subject_hierarchy import children_of, hierarchy_of, item_of, place_beside
from MicroCTSuperResLib.scene.volume_nodes import node_from_volume
from sample_scene import oblique_volume


def names(hierarchy, item):
    return [hierarchy.GetItemName(child) for child in children_of(hierarchy, item)]


def test_dl_comes_right_after_lr_in_the_same_study(scene):
    hierarchy = hierarchy_of(scene)
    study = hierarchy.CreateStudyItem(hierarchy.GetSceneItemID(), "Femur 3")
    for name in ("LR", "HR"):
        hierarchy.CreateItem(study, node_from_volume(scene, oblique_volume(), name))
    dl = node_from_volume(scene, oblique_volume(), "DL")
    place_beside(dl, scene.GetFirstNodeByName("LR"))
    assert names(hierarchy, study) == ["LR", "DL", "HR"]
    place_beside(dl, scene.GetFirstNodeByName("LR"))
    assert names(hierarchy, study) == ["LR", "DL", "HR"]
    place_beside(dl, scene.GetFirstNodeByName("HR"))
    assert names(hierarchy, study) == ["LR", "HR", "DL"]


def test_items_are_made_where_there_are_none(scene):
    lr, dl = (node_from_volume(scene, oblique_volume(), name) for name in ("LR", "DL"))
    place_beside(dl, lr)
    hierarchy = hierarchy_of(scene)
    assert names(hierarchy, hierarchy.GetSceneItemID()) == ["LR", "DL"]
    assert item_of(lr) == hierarchy.GetItemByDataNode(lr)


def test_an_item_from_elsewhere_moves_to_its_neighbour(scene):
    hierarchy = hierarchy_of(scene)
    folder = hierarchy.CreateFolderItem(hierarchy.GetSceneItemID(), "Old results")
    lr, dl = (node_from_volume(scene, oblique_volume(), name) for name in ("LR", "DL"))
    hierarchy.CreateItem(folder, dl)
    place_beside(dl, lr)
    assert names(hierarchy, folder) == []
    assert hierarchy.GetItemParent(item_of(dl)) == hierarchy.GetSceneItemID()


def test_the_place_survives_a_scene_file(host):
    hierarchy = hierarchy_of(host.scene)
    study = hierarchy.CreateStudyItem(hierarchy.GetSceneItemID(), "Femur 3")
    lr, dl = (node_from_volume(host.scene, oblique_volume(), name) for name in ("LR", "DL"))
    hierarchy.CreateItem(study, lr)
    place_beside(dl, lr)
    other = host.reloaded()
    hierarchy = hierarchy_of(other.scene)
    parent = hierarchy.GetItemParent(hierarchy.GetItemByDataNode(other.node("DL")))
    assert hierarchy.GetItemName(parent) == "Femur 3"
    assert names(hierarchy, parent) == ["LR", "DL"]
