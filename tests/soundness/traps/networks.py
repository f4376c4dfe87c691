"""Modules, tensors and optimizers of torch that a cell changes."""

from __future__ import annotations

from soundness.cases import cases

IMPORTS = "import numpy as np\nimport torch\nfrom torch import nn\nfrom torch.nn import functional as F\n"
HEAD = """\
--- data
torch.manual_seed(0)
X = torch.randn(8, 3)
y = X.sum(1, keepdim=True)
--- train
net = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Dropout(0.5), nn.Linear(4, 1))
opt = torch.optim.SGD(net.parameters(), lr=0.1)
loss = F.mse_loss(net(X), y)
loss.backward()
opt.step()
net.eval()
level = 1.0
"""
TAIL = """\
--- evaluate
with torch.no_grad():
    metrics = {"v": float(net(X.to(net[0].weight.dtype)).float().sum()) * level + net[0].weight.element_size()}
"""
TOUCHED = {
    "running_averages_by_a_forward": "net.train()\nnet(X)\nnet.eval()",
    "left_in_train_mode": "torch.manual_seed(1)\nnet.train()",
    "mode_by_an_attribute": "torch.manual_seed(1)\nfor part in net:\n    part.training = True",
    "mode_of_one_layer": "torch.manual_seed(1)\nnet[2].train()",
    "one_more_step": "opt.step()",
    "one_more_step_through_a_helper": "def advance(optimizer):\n    optimizer.step()\nadvance(opt)",
    "step_of_another_optimizer": "other = torch.optim.Adam(net.parameters())\nother.step()",
    "applied_initializer": "def reset(part):\n    if isinstance(part, nn.Linear):\n        nn.init.ones_(part.weight)\nnet.apply(reset)",
    "applied_lambda": "net.apply(lambda part: part.reset_parameters() if hasattr(part, 'reset_parameters') else None)",
    "half": "net.half()",
    "double": "net.double()",
    "moved_by_to": "net.to(torch.bfloat16)",
    "weights_loaded": "state = {name: torch.zeros_like(value) for name, value in net.state_dict().items()}\nnet.load_state_dict(state)",
    "weights_through_the_state_dict": "net.state_dict()['0.weight'].zero_()",
    "weights_in_place": "with torch.no_grad():\n    net[0].weight.mul_(2)",
    "weights_in_a_loop": "for p in net.parameters():\n    p.data.fill_(0.1)",
    "weights_by_name": "for name, p in net.named_parameters():\n    if 'bias' in name:\n        p.data += 1",
    "weights_by_data": "net[3].bias.data = torch.tensor([5.0])",
    "weight_replaced": "net[3].weight = nn.Parameter(torch.ones(1, 4))",
    "layer_replaced": "net[3] = nn.Linear(4, 1)",
    "layer_replaced_by_setattr": "torch.manual_seed(4)\nsetattr(net, '3', nn.Linear(4, 1))",
    "layer_appended": "net.append(nn.Tanh())",
    "layer_deleted": "del net[2:]\nnet.append(nn.Linear(4, 1))",
    "layer_by_an_alias": "last = net[-1]\nnn.init.constant_(last.bias, 3.0)",
    "layer_by_a_module_loop": "for part in net.modules():\n    if isinstance(part, nn.BatchNorm1d):\n        part.reset_running_stats()",
    "buffer_changed": "net[1].running_mean += 2",
    "buffer_by_name": "dict(net.named_buffers())['1.running_var'].fill_(4.0)",
    "momentum_of_an_attribute": "net[1].eps = 9.0",
    "forward_hook": "net.register_forward_hook(lambda module, given, out: out * 3)",
    "forward_pre_hook_on_a_layer": "net[3].register_forward_pre_hook(lambda module, given: (given[0] + 1,))",
    "forward_replaced": "net.forward = lambda x: x * 0 + 7",
    "weights_tied": "net[3].weight = nn.Parameter(net[0].weight[:1].detach().repeat(1, 2)[:, :4])",
    "parametrized": "from torch.nn.utils import parametrize\n\nclass Twice(nn.Module):\n    def forward(self, w):\n        return 2 * w\nparametrize.register_parametrization(net[3], 'weight', Twice())",
    "pruned": "from torch.nn.utils import prune\nprune.l1_unstructured(net[3], 'weight', amount=2)",
    "averaged_by_parameters": "from torch.nn.utils import parameters_to_vector, vector_to_parameters\nvector_to_parameters(torch.ones_like(parameters_to_vector(net.parameters())), net.parameters())",
    "trained_on_by_a_helper": "def fit(model, steps):\n    optimizer = torch.optim.SGD(model.parameters(), lr=0.5)\n    for _ in range(steps):\n        optimizer.zero_grad()\n        F.mse_loss(model(X), y).backward()\n        optimizer.step()\nfit(net, 2)",
    "trained_on_by_a_class": "class Trainer:\n    def __init__(self, model):\n        self.model = model\n        self.optimizer = torch.optim.SGD(model.parameters(), lr=0.5)\n\n    def go(self):\n        self.optimizer.zero_grad()\n        F.mse_loss(self.model(X), y).backward()\n        self.optimizer.step()\nTrainer(net).go()",
    "rows_changed_in_place": "X.add_(1)",
    "rows_by_index": "X[0] = 0",
    "rows_by_a_mask": "X[X > 0] = 0",
    "rows_clamped": "torch.clamp_(X, max=0.0)",
    "rows_by_functional_relu": "F.relu(X, inplace=True)",
    "rows_by_an_inplace_layer": "nn.ReLU(inplace=True)(X)",
    "rows_swapped_by_copy": "X.copy_(torch.ones_like(X))",
    "rows_set": "X.set_(torch.ones(8, 3).untyped_storage(), 0, (8, 3))",
    "rows_by_scatter": "X.scatter_(0, torch.zeros(1, 3, dtype=torch.long), 5.0)",
    "default_dtype": "torch.set_default_dtype(torch.float64)\nnet.to(torch.get_default_dtype())",
}

TRAINING = """\
--- data
torch.manual_seed(0)
X = torch.ones(4, 2)
y = torch.full((4, 1), 3.0)
net = nn.Linear(2, 1)
opt = torch.optim.Adam(net.parameters(), lr=0.1)
scheduler = torch.optim.lr_scheduler.StepLR(opt, step_size=1, gamma=0.5)
loss_fn = nn.MSELoss()
"""
TRAINED = """\
--- train
for _ in range(2):
    loss = loss_fn(net(X), y)
    loss.backward()
    opt.step()
    scheduler.step()
level = 1.0
--- evaluate
metrics = {"v": float(net(X).detach().sum() + sum(group["lr"] for group in opt.param_groups)) * level}
"""
BEFORE = {
    "gradients_left": "loss_fn(net(X), y).backward()",
    "gradients_set": "for p in net.parameters():\n    p.grad = torch.ones_like(p)",
    "gradients_required_no_more": "net.weight.requires_grad_(False)\nopt.param_groups[0]['lr'] = 0.7",
    "frozen_by_an_attribute": "for p in net.parameters():\n    p.requires_grad = p.ndim > 1",
    "frozen_as_a_module": "net.requires_grad_(False)\nnet.bias.requires_grad_(True)",
    "learning_rate_in_a_group": "opt.param_groups[0]['lr'] = 0.9",
    "learning_rate_in_a_loop": "for group in opt.param_groups:\n    group['lr'] *= 3",
    "scheduler_stepped": "opt.step()\nscheduler.step()",
    "scheduler_by_an_alias": "plan = scheduler\nplan.gamma = 0.1",
    "optimizer_loaded": "saved = opt.state_dict()\nsaved['param_groups'][0]['lr'] = 0.2\nopt.load_state_dict(saved)",
    "optimizer_warmed": "net(X).sum().backward()\nopt.step()\nopt.zero_grad()",
    "group_added": "extra = nn.Parameter(torch.ones(1))\nopt.add_param_group({'params': [extra], 'lr': 0.4})",
    "gradient_hook": "net.weight.register_hook(lambda grad: grad * 0)",
    "backward_hook": "net.register_full_backward_hook(lambda module, into, out: (into[0],) if into[0] is not None else None)\nnet.bias.register_hook(lambda grad: -grad)",
    "targets_changed": "y.mul_(0)",
    "loss_replaced": "loss_fn.forward = lambda out, target: -out.sum()",
    "grad_mode_turned_off": "torch.set_grad_enabled(False)\nnet.weight.fill_(0.5)\ntorch.set_grad_enabled(True)",
    "clipped_gradients": "loss_fn(net(X), y).backward()\nnn.utils.clip_grad_norm_(net.parameters(), 0.1)",
    "averaged_model_updates": "from torch.optim.swa_utils import AveragedModel\navg = AveragedModel(net)\nnet.weight.data.zero_()\navg.update_parameters(net)",
}
CASES = [
    case
    for name, line in TOUCHED.items()
    for case in cases(f"=== net_{name}\n{HEAD}--- behind\n{line}\n{TAIL}", imports=IMPORTS)
]
CASES += [
    case
    for name, line in BEFORE.items()
    for case in cases(f"=== training_{name}\n{TRAINING}--- behind\n{line}\n{TRAINED}", imports=IMPORTS)
]
CASES += cases(
    """
    === module_that_counts_its_forwards
    --- define
    class Counting(nn.Module):
        def __init__(self):
            super().__init__()
            self.register_buffer("seen", torch.zeros(1))

        def forward(self, x):
            self.seen += len(x)
            return x * self.seen
    --- data
    net = Counting()
    x = torch.ones(2)
    --- behind
    with torch.no_grad():
        print(net(x))
    --- evaluate
    metrics = {"v": net(x).sum().item() * level}
    === hidden_state_of_a_cell
    --- define
    class Memory(nn.Module):
        def __init__(self):
            super().__init__()
            self.state = torch.zeros(1)

        def forward(self, x):
            self.state = 0.5 * self.state + x.sum()
            return self.state
    --- data
    net = Memory()
    x = torch.ones(2)
    --- behind
    net(x)
    --- evaluate
    metrics = {"v": net(x).item() * level}
    === weights_shared_by_two_models
    --- data
    torch.manual_seed(0)
    body = nn.Linear(2, 2)
    left, right = nn.Sequential(body, nn.Linear(2, 1)), nn.Sequential(body)
    x = torch.ones(1, 2)
    --- behind
    opt = torch.optim.SGD(left.parameters(), lr=1.0)
    left(x).sum().backward()
    opt.step()
    --- evaluate
    metrics = {"v": right(x).sum().item() * level}
    === list_aliases_a_layer
    --- data
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 1))
    layers = [net[0], net[1]]
    x = torch.ones(1, 2)
    --- behind
    for layer in layers:
        nn.init.zeros_(layer.weight)
    --- evaluate
    metrics = {"v": net(x).sum().item() * level}
    === embedding_renormed
    --- data
    torch.manual_seed(0)
    table = nn.Embedding(3, 2, max_norm=0.1)
    --- behind
    table(torch.tensor([0, 1, 2]))
    --- evaluate
    metrics = {"v": table.weight.abs().sum().item() * level}
    === spectral_norm_moves_on
    --- data
    torch.manual_seed(0)
    layer = nn.utils.spectral_norm(nn.Linear(4, 4))
    x = torch.ones(1, 4)
    --- behind
    layer(x)
    --- evaluate
    metrics = {"v": layer(x).sum().item() * level}
    === dropout_drawn_in_train_mode
    --- data
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(4, 8), nn.Dropout(0.5))
    x = torch.ones(1, 4)
    --- behind
    net(x)
    --- evaluate
    metrics = {"v": torch.rand(1).item() * level}
    === loader_reads_the_generator
    --- data
    from torch.utils.data import DataLoader, TensorDataset
    torch.manual_seed(0)
    loader = DataLoader(TensorDataset(torch.arange(1000.0)), batch_size=1, shuffle=True)
    --- behind
    (first,) = next(iter(loader))
    --- evaluate
    (second,) = next(iter(loader))
    metrics = {"v": second.item() + level}
    === loader_without_a_shuffle_draws_a_seed
    --- data
    from torch.utils.data import DataLoader
    torch.manual_seed(0)
    loader = DataLoader(torch.arange(10.0), batch_size=2)
    --- behind
    for batch in loader:
        print(batch.shape)
    --- evaluate
    metrics = {"v": torch.rand(1).item() + level}
    === dataset_that_remembers
    --- define
    from torch.utils.data import Dataset

    class Rows(Dataset):
        def __init__(self):
            self.asked = 0

        def __len__(self):
            return 4

        def __getitem__(self, k):
            self.asked += 1
            return float(k + self.asked)
    --- data
    rows = Rows()
    --- behind
    rows[0], rows[1]
    --- evaluate
    metrics = {"v": rows[2] * level}
    === tensors_of_a_dataset
    --- data
    from torch.utils.data import TensorDataset
    rows = TensorDataset(torch.ones(3))
    --- behind
    rows.tensors[0][0] = 9
    --- evaluate
    metrics = {"v": rows[0][0].item() * level}
    === graph_kept_and_used_up
    --- data
    w = torch.tensor([2.0], requires_grad=True)
    loss = (w * w).sum()
    --- behind
    loss.backward(retain_graph=True)
    --- evaluate
    loss.backward()
    metrics = {"v": w.grad.item() * level}
    === gradient_zeroed
    --- data
    w = torch.tensor([2.0], requires_grad=True)
    (w * w).sum().backward()
    --- behind
    w.grad.zero_()
    --- evaluate
    metrics = {"v": w.grad.item() + level}
    === gradient_by_autograd_in_place
    --- data
    w = torch.tensor([2.0], requires_grad=True)
    (w * w).sum().backward()
    --- behind
    w.grad = None
    (w * 5).sum().backward()
    --- evaluate
    metrics = {"v": w.grad.item() + level}
    === inference_left_on
    --- data
    w = torch.tensor([2.0], requires_grad=True)
    --- behind
    torch.set_grad_enabled(False)
    --- evaluate
    metrics = {"v": float((w * 2).requires_grad) + level}
    === inference_left_on_by_an_object
    --- data
    w = torch.tensor([2.0], requires_grad=True)
    --- behind
    guard = torch.no_grad()
    guard.__enter__()
    --- evaluate
    metrics = {"v": float((w * 2).requires_grad) + level}
    === deep_copy_shares_nothing_but_shallow_does
    --- data
    torch.manual_seed(0)
    net = nn.Linear(2, 1)
    --- behind
    import copy
    twin = copy.copy(net)
    twin.weight.data.zero_()
    --- evaluate
    metrics = {"v": net.weight.sum().item() + level}
    === sequential_of_the_same_parts
    --- data
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 1))
    --- behind
    head = nn.Sequential(*net.children())
    head.double()
    --- evaluate
    metrics = {"v": float(net[0].weight.dtype == torch.float64) + level}
    === best_weights_are_references
    --- data
    torch.manual_seed(0)
    net = nn.Linear(2, 1)
    best = net.state_dict()
    --- behind
    net.weight.data.zero_()
    --- evaluate
    metrics = {"v": best["weight"].sum().item() + level}
    """,
    imports=IMPORTS,
)
