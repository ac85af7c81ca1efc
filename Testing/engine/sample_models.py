"""A small real model for the tests: the default architecture with few channels, its card and its folder."""

from dataclasses import replace

from MicroCTSuperResLib.networks.card import GreyScaling, ModelCard, Score, TrainingData

SMALL_CARD = ModelCard(
    name="small",
    version="1.0.0",
    summary="A small network for tests.",
    architecture="unet_subpixel",
    arguments={"channels": 4, "blocks": [1, 1, 1]},
    scale=2,
    context_slices=5,
    scaling=GreyScaling("percentiles", 0.1, 99.9),
    voxel_size_um=(15, 30),
    sites=("femur", "lumbar spine"),
    data=(TrainingData("random phantoms", "microct-superres phantom", "Apache-2.0", simulated=True),),
    loss="L1",
    training={"samples": 0, "optimizer": "none"},
    scores=(Score("phantom, seed 1", "psnr", 31.5, "dB", {"data_range": 1000}),),
    licence="Apache-2.0",
    citation="The MicroCTSuperRes developers.",
)


def small_card(**changes):
    """The small model's card with some fields changed."""
    return replace(SMALL_CARD, **changes)


def small_network(seed=0):
    """A network for the small card with random weights, none of them zero, in evaluation mode."""
    import torch
    from MicroCTSuperResLib.networks.architectures import build_network

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = build_network(SMALL_CARD.architecture, dict(SMALL_CARD.arguments))
        # The last layer starts at zero so that training starts from interpolation; here every layer shall count.
        torch.nn.init.normal_(network.tail.weight, std=0.1)
    return network.eval()


def save_small_model(folder, **changes):
    """Write the small model to `folder`, named after it, and give back the folder."""
    from MicroCTSuperResLib.networks.loading import save_model

    save_model(folder, small_network(), small_card(name=folder.name, **changes))
    return folder


def save_small_abstract(folder, **changes):
    """Write a small model of the study's architecture to `folder`, named after it, and give back the folder."""
    import torch
    from MicroCTSuperResLib.networks.architectures import build_network
    from MicroCTSuperResLib.networks.loading import save_model

    arguments = {"channels": 4}
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        network = build_network("unet_abstract", arguments)
    changes = {"architecture": "unet_abstract", "arguments": arguments, "context_slices": 1, **changes}
    save_model(folder, network.eval(), small_card(name=folder.name, **changes))
    return folder
